"""What a run may be asked for, and what follows from it.

Source: AWS HealthOmics API Reference, StartRun; User Guide, "Starting a run", "Ready2Run workflows",
"Version support for HealthOmics workflow definition languages".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from omics_mock import settings
from omics_mock.backends.base import Params
from omics_mock.backends.workflows import DEFAULT_STORAGE_CAPACITY, Workflow
from omics_mock.definitions.declared import PlannedTask
from omics_mock.exceptions import ValidationException
from omics_mock.validation import rules

MAX_PARAMETERS: Final = 256_000
MAX_TASKS: Final = 10_000
LATEST_NEXTFLOW: Final = "26.04.0"
_NOT_WITH_READY2RUN = ("runGroupId", "cacheId", "cacheBehavior", "storageCapacity", "workflowVersionName")
_VERSIONS: Final = ("23.10.0", "22.04.0", "24.10.8", "25.10.0", "26.04.0")
"""Of Nextflow, in the order in which the service prefers them; the first when it may choose."""
_MAX_VERSION: Final = 100
_CLAUSE = re.compile(r"\s*+(>=|<=|>|<|==?)?\s*+v?(\d{1,4}(?:\.\d{1,4}){0,2})(\+)?\s*")

_UNKNOWN: Final = (PlannedTask("main"),)
"""The tasks of a workflow nobody can look into."""


def check_members(asked: Params) -> None:
    """Members that need or exclude each other."""
    rules.check_tags(asked.get("tags", {}))
    rules.check_only_with(asked, "cacheId", "cacheBehavior")
    if (asked.get("networkingMode") == "VPC") != ("configurationName" in asked):
        raise ValidationException("networkingMode VPC and configurationName can only be specified together")
    if "sessionPolicy" in asked:
        rules.check_json_object(asked["sessionPolicy"], "sessionPolicy")
    for member in ("parameters", "engineSettings"):
        if not isinstance(asked.get(member, {}), dict):
            raise ValidationException(f"{member} must be a JSON object")


def check_ready2run(asked: Params) -> None:
    """What the service's own workflows do not let anybody choose."""
    for member in _NOT_WITH_READY2RUN:
        if member in asked:
            raise ValidationException(f"{member} can not be specified for a Ready2Run workflow")
    if asked.get("storageType", "DYNAMIC") != "DYNAMIC":
        raise ValidationException("storageType must be DYNAMIC, if anything, for a Ready2Run workflow")


def check_parameters(parameters: Mapping[str, Any] | None, template: Mapping[str, Any] | None) -> None:
    """The parameters are those the workflow's template names."""
    parameters = parameters or {}
    rules.check_size(json.dumps(parameters, ensure_ascii=False), MAX_PARAMETERS, "parameters", "256,000 bytes")
    if template is None:
        return
    missing = [name for name, entry in template.items() if not entry.get("optional") and name not in parameters]
    if missing:
        raise ValidationException(f"parameters: missing required {', '.join(missing)}")
    unknown = [name for name in parameters if name not in template]
    if unknown and settings.frame().rules["undeclared_parameters"] == "refuse":
        raise ValidationException(f"parameters: {', '.join(unknown)} not defined in the parameter template of the workflow")


def storage_of(asked: Params, workflow: Workflow) -> dict[str, Any]:
    """Storage as the run says, else as its workflow or version does. A dynamic run has no capacity of its own."""
    storage_type = asked.get("storageType", workflow.get("storageType", settings.frame().rules["run_storage_type"]))
    if storage_type == "DYNAMIC":
        return {"storageType": storage_type}
    default = workflow.get("storageCapacity", DEFAULT_STORAGE_CAPACITY)
    capacity = asked.get("storageCapacity", default)
    if settings.frame().rules["storage_capacity"] == "rounded_up":
        capacity = -(-capacity // DEFAULT_STORAGE_CAPACITY) * DEFAULT_STORAGE_CAPACITY
    return {"storageType": storage_type, "storageCapacity": capacity}


def planned_tasks(asked: Params, workflow: Workflow) -> tuple[PlannedTask, ...]:
    """The tasks of a run, as its workflow declares them and as often as its parameters say."""
    declared = (workflow.definition and workflow.definition.declared.tasks) or _UNKNOWN
    parameters = asked.get("parameters", {})
    planned = tuple(islice((task for task in declared for _ in range(task.times(parameters))), MAX_TASKS))
    if workflow.get("accelerators") == "GPU" and not any(task.gpus for task in planned):
        return tuple(replace(task, gpus=1) for task in planned)
    return planned


def engine_version(asked: Params, workflow: Workflow) -> str | None:
    """The version of Nextflow the run has, whatever the definition asks for; none when it is asked for one that there is not."""
    if workflow.get("engine") != "NEXTFLOW":
        return None
    if (pinned := _pinned_version(asked)) is not None:
        return _version_for(pinned)
    return _version_for(_declared_version(workflow)) or _VERSIONS[0]


def unknown_engine_version(asked: Params, workflow: Workflow) -> str | None:
    """The version of Nextflow that the run, or its definition by an exclamation mark, insists on and that there is not."""
    if workflow.get("engine") != "NEXTFLOW":
        return None
    if (pinned := _pinned_version(asked)) is not None:
        return None if _version_for(pinned) else pinned
    declared = _declared_version(workflow)
    return declared.lstrip("! ") if declared.startswith("!") and not _version_for(declared) else None


def _pinned_version(asked: Params) -> str | None:
    wanted = asked.get("engineSettings", {}).get("engineVersion")
    return None if wanted is None else str(wanted)[:_MAX_VERSION]


def _declared_version(workflow: Workflow) -> str:
    return (workflow.definition and workflow.definition.declared.engine_version) or ""


def _version_for(wanted: str) -> str | None:
    """The version of those there are that comes first among the ones in a range; a short form is the range of its series."""
    clauses = [_CLAUSE.fullmatch(clause) for clause in wanted.removeprefix("!").split(",")]
    return next(
        (version for version in _VERSIONS if all(clause and _fulfils(version, *clause.groups()) for clause in clauses)), None
    )


def _fulfils(version: str, operator: str | None, wanted: str, later: str | None) -> bool:
    parts, limit = ([int(part) for part in text.split(".")] for text in (version, wanted))
    match operator:
        case ">=":
            return parts >= limit
        case "<=":
            return parts <= limit or parts[: len(limit)] == limit
        case ">":
            return parts > limit and parts[: len(limit)] != limit
        case "<":
            return parts < limit
    if later:
        return parts >= limit and parts[0] == limit[0]
    return parts[: len(limit)] == limit
