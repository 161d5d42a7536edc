"""Why runs and tasks fail: the codes that GetRun and GetRunTask give as failureReason, and what they say.

Source: AWS HealthOmics User Guide, "HealthOmics run failure reasons".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Stage = Literal["import", "tasks", "export"]
"""When a run fails: before it has tasks, while they run, or when all of them are done. A task: before it runs, or at its end."""


class Reason(NamedTuple):
    """What a code means. In the message, words in braces are facts of the run or the task."""

    message: str
    stage: Stage = "import"
    of_run: bool = True
    of_task: bool = False


_CONTAINER: Final = "Unable to start workflow task: {name}, id: {id} container using image: {image}. "

REASONS: Final[Mapping[str, Reason]] = {
    "ASSUME_ROLE_FAILED": Reason(
        "HealthOmics doesn't have permission to assume the role. "
        "Specify the HealthOmics principal in the trust relationship for the role."
    ),
    "IMPORT_FAILED": Reason("The import failed. Check that the input file exists and the run role can access input."),
    "INPUT_URI_NOT_FOUND": Reason(
        "The provided URI does not exist: {uri}. Check that the URI path exists and confirm that the role can access the object."
    ),
    "INVALID_URI_INPUT": Reason("The URI structure isn't a valid {uri}. Check the URI structure and try again."),
    "MODIFIED_INPUT_RESOURCE": Reason("The provided URI {uri} was modified after the run started. Retry the run."),
    "UNSUPPORTED_INPUT_SIZE": Reason("The total input size is too high. Decrease the input size and try again."),
    "INACTIVE_OMICS_STORAGE_RESOURCE": Reason(
        "The HealthOmics storage URI isn't in ACTIVE state. Activate the read set and try again."
    ),
    "EXPORT_FAILED": Reason(
        "The export failed. Check that the output bucket exists and the run role has write permission to the bucket.", "export"
    ),
    "FILE_SYSTEM_OUT_OF_SPACE": Reason(
        "The file system doesn't have enough space. Increase the file system size and run again.", "tasks", of_task=True
    ),
    "ECR_PERMISSION_ERROR": Reason(
        "HealthOmics doesn't have permission to access the image URI. Confirm that the Amazon ECR private repository exists "
        "and has granted access to the HealthOmics service principal.",
        of_task=True,
    ),
    "INVALID_ECR_IMAGE_URI": Reason(
        "The Amazon ECR image URI structure isn't valid. Provide a valid URI and try again.", of_task=True
    ),
    "IMAGE_VERIFICATION_FAILURE": Reason(
        "Unable to verify image {image}. "
        "To correct the issue, try pulling the image and then push it to your ECR repository again.",
        of_task=True,
    ),
    "CANNOT_START_CONTAINER_ERROR": Reason(
        _CONTAINER + "Make sure that the image is valid and try again.", of_run=False, of_task=True
    ),
    "CANNOT_START_CONTAINER_SIZE_ERROR": Reason(
        _CONTAINER + "Make sure that the image size is less than {size} and try again.", of_run=False, of_task=True
    ),
    "INVALID_TASK_RESOURCE_VALUE": Reason(
        "The requested GPU, CPU, or memory is either too high for available compute capacity, "
        "or is less than the minimum value of 1 for task {id}.",
        of_task=True,
    ),
    "INSTANCE_RESERVATION_FAILED": Reason(
        "There isn't enough instance capacity to complete the workflow run. Wait and try the workflow run again.",
        of_task=True,
    ),
    "ALL_PROFILES_INSTANCE_RESERVATION_FAILED": Reason(  # no public text has its words: those of its sibling (inferred)
        "There isn't enough instance capacity to complete the workflow run. Wait and try the workflow run again.",
        of_run=False,
        of_task=True,
    ),
    "UNSUPPORTED_GPU_INSTANCE_TYPE": Reason(
        "The requested instance type is not supported in {region}. Retry the run with a GPU instance type supported in this "
        "Region. Available instance types are {instances}.",
        of_run=False,
        of_task=True,
    ),
    "OUT_OF_MEMORY_ERROR": Reason(
        "The workflow task {id} ran out of memory. Increase the memory value in the workflow definition and try the run again.",
        "tasks",
        of_run=False,
        of_task=True,
    ),
    "TASK_TIMED_OUT": Reason("Task {id} timed out after {seconds} seconds.", "tasks", of_run=False, of_task=True),
    "RUN_TIMED_OUT": Reason("Run timeout after {minutes} minutes.", "tasks"),
    "RUN_TASK_FAILED": Reason(
        "The run failed because the task failed. "
        "To debug the task failure, use the GetRunTask API operation and the Amazon CloudWatch Logs stream.",
        "tasks",
        of_run=False,
        of_task=True,
    ),
    "WORKFLOW_RUN_FAILED": Reason(
        "Workflow run failed. Review the CloudWatch Logs engine log stream: {stream} to debug the failure.", "export"
    ),
    "WORKFLOW_VER_VALIDATION_FAILED": Reason(
        "HealthOmics doesn't support requested Nextflow version: {version}. The latest supported version is {latest}. "
        "Modify your Nextflow version to a supported version and try again."
    ),
    "SERVICE_ERROR": Reason("There was a transient error in the service. Try the workflow run again.", "tasks", of_task=True),
}
"""Every code there is."""

IMPORT_FAILED: Final = frozenset(
    (
        "IMPORT_FAILED",
        "INACTIVE_OMICS_STORAGE_RESOURCE",
        "INPUT_URI_NOT_FOUND",
        "INVALID_URI_INPUT",
        "MODIFIED_INPUT_RESOURCE",
        "UNSUPPORTED_INPUT_SIZE",
    )
)
"""Those that mean that an input did not come."""


def message(code: str, **facts: object) -> str:
    """What is said of a failure with these facts. Raises KeyError for a fact that the message needs."""
    return REASONS[code].message.format_map(facts)


@dataclass(frozen=True)
class Failure:
    """A failure that is going to happen: of the run, or of one of its tasks and by that of the run."""

    reason: str
    message: str | None = None
    """What is said of it, if that is not what the documentation has."""
    task: str | None = None
    """The name of the task that fails."""

    def __post_init__(self) -> None:
        known = REASONS.get(self.reason)
        if known is None:
            raise ValueError(f"fail: unknown reason {self.reason!r}; known: {', '.join(sorted(REASONS))}")
        if self.task is not None and not known.of_task:
            raise ValueError(f"fail: {self.reason} is a failure of a run, not of its task {self.task!r}")

    @property
    def of_task(self) -> bool:
        """Whether it happens to a task: the one that is named, or the first."""
        return self.task is not None or not REASONS[self.reason].of_run

    @property
    def stage(self) -> Stage:
        """When it happens to a run."""
        return REASONS[self.reason].stage

    def says(self, **facts: object) -> str:
        """The statusMessage."""
        return message(self.reason, **facts) if self.message is None else self.message


def parsed(fail: str | Mapping[str, Any] | None) -> Failure | None:
    """The failure a test asks for: a reason, or a mapping of ``reason``, ``message`` and ``task``."""
    if fail is None or isinstance(fail, str):
        return None if fail is None else Failure(fail)
    if unknown := sorted(set(fail) - {"reason", "message", "task"}):
        raise ValueError(f"fail: unknown {', '.join(unknown)}; a mapping has reason, message and task")
    if "reason" not in fail:
        raise ValueError("fail: the reason is missing")
    return Failure(fail["reason"], fail.get("message"), fail.get("task"))
