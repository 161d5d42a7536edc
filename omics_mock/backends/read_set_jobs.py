"""Import, activation and export jobs of read sets."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class ReadSetJobs(Backend):
    """Import, activation and export jobs of read sets."""

    operations = (
        "StartReadSetImportJob",
        "GetReadSetImportJob",
        "ListReadSetImportJobs",
        "StartReadSetActivationJob",
        "GetReadSetActivationJob",
        "ListReadSetActivationJobs",
        "StartReadSetExportJob",
        "GetReadSetExportJob",
        "ListReadSetExportJobs",
    )
