"""The state of one account and region."""

from __future__ import annotations

from omics_mock.imagebuilder.workflows import ImageWorkflows
from omics_mock.state import ServiceState


class ImageBuilderState(ServiceState):
    """Everything Image Builder knows in one account and region."""

    service = "imagebuilder"
    owners = dict.fromkeys(ImageWorkflows.operations, ImageWorkflows)
