"""Where the mock knowingly answers something the service's own model does not allow, and why."""

from __future__ import annotations

ACCEPTED_ANYWAY: dict[tuple[str, str], tuple[str, str]] = {
    ("GetReference", "range"): (
        r"bytes=([0-9]{1,19}-[0-9]{0,19}|-[0-9]{1,19})",
        "taken literally, the shape's pattern forbids the form every HTTP client sends",
    ),
}
"""(operation, member) pairs with what is accepted beyond the shape's constraints, and why."""

UNDECLARED_ERRORS: dict[tuple[str, str], str] = {}
"""(operation, error) pairs a backend may raise although the operation does not declare the error, with the reason."""

_REFERENCE = "required in the output, optional in the input: left out for generic annotations without one"
_ID = "twelve hex digits, as AWS is seen to make them, under the rule analytics_id_form"

OUTSIDE_OUTPUT_SHAPE: dict[tuple[str, str], str] = {
    ("GetWorkflow", "digest"): "real digests are sha256: plus 64 hex digits, 71 characters; the shape says at most 64",
    ("GetWorkflowVersion", "digest"): "as for GetWorkflow",
    ("ListWorkflows", "items.digest"): "as for GetWorkflow",
    ("ListWorkflowVersions", "items.digest"): "as for GetWorkflow",
    ("GetRun", "digest"): "as for GetWorkflow",
    ("GetWorkflow", "definition"): "presigned URLs are longer than the 256 characters of the shape",
    ("GetWorkflowVersion", "definition"): "as for GetWorkflow",
    ("GetRun", "definition"): "as for GetWorkflow",
    ("GetWorkflow", "statusMessage"): "outlines of WDL definitions and what linters find have several lines",
    ("GetWorkflowVersion", "statusMessage"): "as for GetWorkflow",
    ("GetWorkflow", "parameterTemplate.description"): "generated descriptions may be empty; the pattern wants a character",
    ("GetWorkflowVersion", "parameterTemplate.description"): "as for GetWorkflow",
    ("CreateMultipartReadSetUpload", "referenceArn"): "required in the output, optional in the input: left out when not given",
    ("ListMultipartReadSetUploads", "uploads.referenceArn"): "as for CreateMultipartReadSetUpload",
    ("ListMultipartReadSetUploads", "uploads.generatedFrom"): "as for CreateMultipartReadSetUpload",
    ("GetAnnotationStore", "reference"): _REFERENCE,
    ("UpdateAnnotationStore", "reference"): _REFERENCE,
    ("ListAnnotationStores", "annotationStores.reference"): _REFERENCE,
    ("GetAnnotationImportJob", "formatOptions"): "required in the output: GFF has none, and a union can not be empty",
    ("GetAnnotationImportJob", "completionTime"): "required in the output: a job has none before it is done",
    **{
        (f"{verb}{kind}", member): _ID
        for verb in ("Create", "Get", "Update")
        for kind in ("VariantStore", "AnnotationStore", "AnnotationStoreVersion")
        for member in ("id", "storeId")
    },
    **{
        (f"List{kind[0].upper()}{kind[1:]}", f"{kind}.{member}"): _ID
        for kind in ("variantStores", "annotationStores", "annotationStoreVersions")
        for member in ("id", "storeId")
    },
    ("GetWorkflow", "readme"): "presigned URLs are longer than the 256 characters of the shape",
    ("GetWorkflowVersion", "readme"): "as for GetWorkflow",
}
"""(operation, member) pairs whose values may break the output shape's constraints, with the reason."""
