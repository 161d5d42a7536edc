"""What a run may be asked for, and what follows from it.

Source: AWS HealthOmics API Reference, StartRun; User Guide, "Starting a run", "Ready2Run workflows".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from omics_mock import settings
from omics_mock.backends.base import Params
from omics_mock.backends.workflows import DEFAULT_STORAGE_CAPACITY, Workflow
from omics_mock.exceptions import ValidationException
from omics_mock.validation import rules

MAX_PARAMETERS: Final = 256_000
_NOT_WITH_READY2RUN = ("runGroupId", "cacheId", "cacheBehavior", "storageCapacity", "workflowVersionName")


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
    storage_type = asked.get("storageType", workflow.get("storageType", "STATIC"))
    if storage_type == "DYNAMIC":
        return {"storageType": storage_type}
    default = workflow.get("storageCapacity", DEFAULT_STORAGE_CAPACITY)
    return {"storageType": storage_type, "storageCapacity": asked.get("storageCapacity", default)}
