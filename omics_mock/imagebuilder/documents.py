"""What a workflow document must be, and the parameters it declares.

Source: EC2 Image Builder User Guide, "Create a YAML workflow document", "Use dynamic variables", "Use conditional statements".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omics_mock.imagebuilder.actions import ACTIONS, OF_IMAGES
from omics_mock.imagebuilder.exceptions import InvalidParameterValueException

if TYPE_CHECKING:
    import yaml

MAX_STEPS: Final = 15
MAX_PARAMETERS: Final = 25
MAX_OUTPUTS: Final = 25
MAX_DESCRIPTION: Final = 1_024

_PARAMETER_TYPES = ("string", "integer", "boolean", "stringList")
_COMPARISONS = frozenset(
    (
        "booleanEquals",
        "numberEquals",
        "numberGreaterThan",
        "numberGreaterThanEquals",
        "numberLessThan",
        "numberLessThanEquals",
        "stringEquals",
    )
)
_MAX_DEPTH: Final = 100
_MAX_MEMBERS: Final = 10_000
_STEP_NAME = re.compile(r"[A-Za-z0-9_]{3,128}|[A-Za-z][A-Za-z0-9_-]{1,99}", re.ASCII)
_REFERENCE = re.compile(r"\$\.(stepOutputs|parameters)\.([A-Za-z0-9_-]+)")

_Faults: TypeAlias = Iterator[str]


def declared_parameters(text: str, workflow_type: str, strict: bool) -> list[dict[str, Any]]:
    """Check a document for a workflow of this type, and tell the parameters that it declares as GetWorkflow shows them."""
    document = _parse(text)
    try:
        fault = next(_faults(document, workflow_type), None) or (next(_strict_faults(document), None) if strict else None)
    except RecursionError:
        fault = "The document is nested too deep."
    if fault is not None:
        raise _invalid(fault)
    return [_parameter(declared) for declared in document.get("parameters") or ()]


def _invalid(fault: str) -> InvalidParameterValueException:
    return InvalidParameterValueException.of("data", fault)


def _parse(text: str) -> dict[str, Any]:
    import yaml

    # The YAML scanner looks at all open brackets for every token.
    if max(accumulate(1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text)), default=0) > _MAX_DEPTH:
        raise _invalid("The document is not valid YAML: it is nested too deep.")
    try:
        document = _loader()(text).get_single_data()
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise _invalid(f"The document is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise _invalid("The document must be a mapping.")
    return document


@cache
def _loader() -> type[yaml.SafeLoader]:
    """yaml's safe one, to which merges that multiply are an error."""
    import yaml

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MAX_MEMBERS:
                raise yaml.YAMLError("mappings are merged too often")

    return Loader


# ---- what always holds ---------------------------------------------------------------------------------------------


def _faults(document: Mapping[str, Any], workflow_type: str) -> _Faults:
    """What is wrong with a document, the first fault first; whoever goes on after a fault may stumble over it."""
    if str(document.get("schemaVersion")) != "1.0":
        yield "Invalid schema version. Supported versions include: 1.0."
    steps = document.get("steps")
    if not isinstance(steps, list) or not steps:
        yield "The document must have a list of steps."
        return  # pragma: no cover - nobody asks for more than the first fault
    names = set()
    for number, step in enumerate(steps, 1):
        if not isinstance(step, dict) or not all(isinstance(step.get(member), str) for member in ("name", "action")):
            yield f"Step {number} must have a name and an action."
        if step["name"] in names:
            yield f"The step name '{step['name']}' is not unique."
        names.add(step["name"])
        yield from (f"Parsing step '{step['name']}' failed. Error: {fault}" for fault in _step_faults(step, workflow_type))
    parameters = document.get("parameters") or []
    if not isinstance(parameters, list):
        yield "The parameters must be a list."
    yield from (fault for parameter in parameters for fault in _parameter_faults(parameter))


def _step_faults(step: Mapping[str, Any], workflow_type: str) -> _Faults:
    action = ACTIONS.get(step["action"])
    if action is None:
        yield f"Unsupported action {step['action']}."
    elif workflow_type not in action.types:
        yield f"Unsupported action {step['action']} for workflow type {workflow_type}."
    if step.get("onFailure", "Abort") not in ("Abort", "Continue"):
        yield "onFailure must be Abort or Continue."


def _parameter_faults(parameter: Any) -> _Faults:
    if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str) or not 1 <= len(parameter["name"]) <= 128:
        yield "Every parameter must have a name of 1 to 128 characters."
    elif parameter.get("type", "string") not in _PARAMETER_TYPES:
        yield f"The type of the parameter '{parameter['name']}' must be one of {', '.join(_PARAMETER_TYPES)}."
    elif len(str(parameter.get("description", ""))) > MAX_DESCRIPTION:
        yield f"The description of the parameter '{parameter['name']}' can have at most {MAX_DESCRIPTION} characters."


# ---- what the guide asks for besides -------------------------------------------------------------------------------


def _strict_faults(document: Mapping[str, Any]) -> _Faults:
    steps, parameters, outputs = document["steps"], document.get("parameters") or [], document.get("outputs") or []
    if not isinstance(outputs, list) or any(
        not isinstance(output, dict) or {"name", "value"} - output.keys() for output in outputs
    ):
        yield "The outputs must be a list, each with a name and a value."
    for what, found, limit in (
        ("steps", steps, MAX_STEPS),
        ("parameters", parameters, MAX_PARAMETERS),
        ("outputs", outputs, MAX_OUTPUTS),
    ):
        if len(found) > limit:
            yield f"The document has {len(found)} {what}, more than {limit}."
    known = {"parameters": {parameter["name"] for parameter in parameters}, "stepOutputs": set()}
    for step in steps:
        faults = (*_strict_step_faults(step), *_unknown_references(step, known))
        yield from (f"Parsing step '{step['name']}' failed. Error: {fault}" for fault in faults)
        known["stepOutputs"].add(step["name"])
    yield from _unknown_references(outputs, known)
    actions = {step["action"] for step in steps}
    if "DistributeContainerImage" in actions and (images := OF_IMAGES & actions):
        yield f"DistributeContainerImage can not be combined with {', '.join(sorted(images))}."


def _strict_step_faults(step: Mapping[str, Any]) -> _Faults:
    action, inputs = ACTIONS[step["action"]], step.get("inputs") or {}
    if not _STEP_NAME.fullmatch(step["name"]):
        allowed = "numbers [0-9], english letters [a-z,A-Z] and special characters [-_]"
        yield f"Invalid step name '{step['name']}'. Allowed characters are combinations of {allowed}."
    if not 1 <= len(str(step.get("description", "-"))) <= MAX_DESCRIPTION:
        yield f"The description must have 1 to {MAX_DESCRIPTION} characters."
    rollback = step.get("rollbackEnabled", True)
    if not isinstance(rollback, bool) and not str(rollback).startswith("$."):
        yield "rollbackEnabled must be a boolean or a JSONPath."
    timeout = step.get("timeoutSeconds", 1)
    if type(timeout) is not int or not 1 <= timeout <= action.longest:
        yield f"timeoutSeconds must be a number from 1 to {action.longest}."
    if not isinstance(inputs, dict) or any(name not in inputs and f"{name}.$" not in inputs for name in action.inputs):
        yield f"The action {step['action']} needs the inputs {', '.join(action.inputs) or 'as a mapping'}."
    if "if" in step and not _is_condition(step["if"]):
        yield "if must be a comparison of a value, or a combination of comparisons by and, or, not."


def _is_condition(condition: Any) -> bool:
    match condition:
        case {"and": list(parts)} | {"or": list(parts)} if len(condition) == 1:
            return bool(parts) and all(map(_is_condition, parts))
        case {"not": part} if len(condition) == 1:
            return _is_condition(part)
        case {"value": _}:
            return len(condition) == 2 and len(_COMPARISONS & condition.keys()) == 1
    return False


def _unknown_references(value: Any, known: Mapping[str, set[str]]) -> _Faults:
    """What a dynamic variable names that is not there, or not yet."""
    for text in _texts(value, set()):
        for kind, name in _REFERENCE.findall(text):
            if name not in known[kind]:
                yield f"$.{kind}.{name} refers to nothing that is declared before it."


def _texts(value: Any, seen: set[int]) -> Iterator[str]:
    """All strings inside; what aliases repeat only once."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and id(value) not in seen:
        seen.add(id(value))
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, seen)


# ---- parameters ----------------------------------------------------------------------------------------------------


def _parameter(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Whatever its type, the default is a list of texts."""
    default, description = declared.get("default"), declared.get("description")
    values = default if isinstance(default, list) else [default]
    return {
        "name": declared["name"],
        "type": declared.get("type", "string"),
        "description": None if description is None else str(description),
        "defaultValue": None if default is None else [_text(value) for value in values],
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
