"""What becomes of a stack when something can not be done with one of our resources.

moto lets the error out and leaves everything as it is at that moment. Here the stack is rolled back, as AWS does. The seam are the
four methods of moto's ``CloudFormationBackend`` that create, update and delete stacks and execute change sets, and the ``update``
of ``ResourceMap`` that two of them lead to: the same in 5.0.14, 5.1.22 and 5.2.5. Only what concerns our resources is changed.

Source: AWS CloudFormation User Guide, "Stack failure options", "Understand CloudFormation stack creation events".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import wraps
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import ResourceMap, parse_and_update_resource

from omics_mock.cloudformation.calls import Refused
from omics_mock.cloudformation.resources import Resource, Update, update_under_way

_nested: ContextVar[bool] = ContextVar("nested", default=False)
"""Whether the stack is a resource of another one, which is to fail with it."""

Method = Callable[..., Any]


def follow() -> None:
    """Roll stacks back from now on."""
    backend: Any = CloudFormationBackend
    backend.create_stack = _creating(backend.create_stack)
    backend.update_stack = _updating(backend.update_stack)
    backend.execute_change_set = _executing(backend.execute_change_set)
    backend.delete_stack = _deleting(backend.delete_stack)
    ResourceMap.update = _following_replacements(ResourceMap.update)  # type: ignore[method-assign]  # patched for all


def _creating(create: Method) -> Method:
    @wraps(create)
    def create_stack(backend: CloudFormationBackend, name: str, *args: Any, **kwargs: Any) -> Any:
        known = set(backend.stacks)
        with _inside() as nested:
            try:
                return create(backend, name, *args, **kwargs)
            except Refused as refused:
                stack = next(stack for stack in backend.stacks.values() if stack.name == name and stack.stack_id not in known)
                _roll_back_creation(backend, stack, refused)
                if nested:
                    backend.deleted_stacks[stack.stack_id] = backend.stacks.pop(stack.stack_id)
                    raise
                return stack

    return create_stack


def _updating(update: Method) -> Method:
    @wraps(update)
    def update_stack(backend: CloudFormationBackend, name: str, *args: Any, **kwargs: Any) -> Any:
        stack = backend.get_stack(name)
        with _inside():  # a nested stack is never updated: moto replaces it
            _update(stack, lambda: update(backend, name, *args, **kwargs))
        return stack

    return update_stack


def _executing(execute: Method) -> Method:
    @wraps(execute)
    def execute_change_set(backend: CloudFormationBackend, change_set_name: str, *args: Any, **kwargs: Any) -> Any:
        change_set: Any = backend.describe_change_set(change_set_name)
        stack = backend.stacks[change_set.stack_id]
        with _inside():
            if change_set.change_set_type != "CREATE":
                failure = _update(stack, lambda: execute(backend, change_set_name, *args, **kwargs))
            else:
                failure = _refusal_of(lambda: execute(backend, change_set_name, *args, **kwargs))
                if failure is not None:
                    _roll_back_creation(backend, stack, failure)
        if failure is not None:
            change_set.execution_status = "EXECUTE_FAILED"

    return execute_change_set


def _deleting(delete: Method) -> Method:
    @wraps(delete)
    def delete_stack(backend: CloudFormationBackend, name_or_stack_id: str) -> Any:
        named = (stack for stack in backend.stacks.values() if name_or_stack_id in (stack.stack_id, stack.name))
        stack: Any = next(named, None)
        if stack is None or not any(_ours(stack.resource_map)):
            return delete(backend, name_or_stack_id)
        _settle_outputs(stack)
        stack.stack_status_reason = None
        resources = stack.resource_map
        with _inside() as nested:
            failure = _refusal_of(lambda: delete(backend, stack.stack_id))
            if failure is None:
                resources._resource_json_map = {}  # what is not there is not made again when somebody looks at the stack
                return None
            backend.stacks[stack.stack_id] = stack
            failures = [resource.failure for resource in _ours(resources) if resource.failure is not None]
            for refused in failures:
                _tell(stack, refused)
            left = ", ".join(refused.logical_id for refused in failures)
            _enter(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{left}].")
            _trim(resources)
            if nested:
                raise failure
        return None

    return delete_stack


def _following_replacements(update: Method) -> Method:
    @wraps(update)
    def update_and_follow(resources: ResourceMap, *args: Any, **kwargs: Any) -> None:
        """moto changes the resources whose own text has changed, not those that refer to what was replaced."""
        update(resources, *args, **kwargs)
        for name in [resource.logical_resource_id for resource in _ours(resources)]:
            if name not in resources._resource_json_map:  # or moto would find it if the template had that name again
                del resources._parsed_resources[name]
        under_way, followed = update_under_way.get(), 0
        while under_way is not None and followed < under_way.replaced:
            followed = under_way.replaced
            for name in [resource.logical_resource_id for resource in _ours(resources)]:
                resources._parsed_resources[name] = parse_and_update_resource(
                    name, resources._resource_json_map[name], resources, resources._account_id, resources._region_name
                )

    return update_and_follow


def _update(stack: Any, apply: Callable[[], object]) -> Refused | None:
    """Do what an update is to do, or nothing; why it was not done."""
    before, resources = copy(stack), stack.resource_map
    stack.stack_status_reason = None
    parsed, template, parameters = dict(resources._parsed_resources), resources._template, resources.input_parameters
    under_way = Update()
    token = update_under_way.set(under_way)
    try:
        apply()
    except Exception as error:
        update_under_way.set(None)
        if not (isinstance(error, Refused) or under_way.undo or under_way.cleanup):
            raise
        _roll_back_update(stack, error, under_way, parsed, lambda: resources.update(template, parameters))
        resources._template, resources.input_parameters = template, parameters
        stack.template, stack.template_dict, stack.output_map = before.template, before.template_dict, before.output_map
        if isinstance(error, Refused):
            return error
        raise
    finally:
        update_under_way.reset(token)
    _clean_up(stack, under_way.cleanup)
    return None


def _roll_back_creation(backend: CloudFormationBackend, stack: Any, refused: Refused) -> None:
    if not stack.events:  # it happened when moto looked for exports
        _enter(stack, "CREATE_IN_PROGRESS", "User Initiated")
    _tell(stack, refused)
    reason = f"The following resource(s) failed to create: [{refused.logical_id}]. Rollback requested by user."
    _enter(stack, "ROLLBACK_IN_PROGRESS", reason)
    try:
        stack.resource_map.delete()
        _enter(stack, "ROLLBACK_COMPLETE", keep=reason)
    except Exception as error:  # noqa: BLE001  # whichever service it is of
        _enter(stack, "ROLLBACK_FAILED", str(error))
    for name in [name for name, export in backend.exports.items() if export._exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    stack.output_map._output_json_map = {}
    _trim(stack.resource_map)


def _roll_back_update(
    stack: Any, error: Exception, under_way: Update, parsed: Mapping[str, Any], restore: Callable[[], object]
) -> None:
    """Undo what was done to our resources, and let moto undo the rest: by an update to what there was before."""
    reason = str(error)
    if isinstance(error, Refused):
        _tell(stack, error)
        reason = f"The following resource(s) failed to {error.action.lower()}: [{error.logical_id}]."
    _enter(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    problems = [problem for undo in reversed(under_way.undo) if (problem := _refusal_of(undo))]
    resources = stack.resource_map
    for resource in list(_ours(resources)):
        del resources._parsed_resources[resource.logical_resource_id]
    resources._parsed_resources.update({name: resource for name, resource in parsed.items() if isinstance(resource, Resource)})
    _trim(resources)
    try:
        restore()
    except Exception as problem:  # noqa: BLE001  # whichever service it is of
        problems.append(Refused(str(problem)))
    if problems:
        _enter(stack, "UPDATE_ROLLBACK_FAILED", "; ".join(map(str, problems)))
    else:
        _enter(stack, "UPDATE_ROLLBACK_COMPLETE", keep=reason)


def _clean_up(stack: Any, left: list[Resource]) -> None:
    """Delete what the update took out. One may be in the way of another; what can not be deleted is left."""
    problems: dict[Resource, Refused] = {}
    while left:
        problems = {}
        for resource in reversed(left):
            if problem := _refusal_of(lambda resource=resource: resource.delete(stack.account_id, stack.region_name)):  # type: ignore[misc]  # no type is inferred for a lambda with defaults
                problems[resource] = problem
        if len(problems) == len(left):
            break
        left = [resource for resource in left if resource in problems]
    for problem in problems.values():
        _tell(stack, problem)


def _settle_outputs(stack: Any) -> None:
    """Outputs as they are now: moto works them out when somebody looks, and makes a resource again that is not there."""
    outputs = stack.output_map
    raw = outputs._output_json_map or {}
    found = {name: outputs[name] for name in raw}
    outputs._output_json_map = {
        name: {**raw[name], "Value": output.value} if output is not None else raw[name] for name, output in found.items()
    }


def _trim(resources: Any) -> None:
    """Forget what is not there, so that moto does not make it when somebody looks at the stack."""
    there = resources._parsed_resources
    resources._resource_json_map = {name: text for name, text in resources._resource_json_map.items() if name in there}


def _ours(resources: Any) -> Iterator[Resource]:
    return (found for found in tuple(resources._parsed_resources.values()) if isinstance(found, Resource))


def _refusal_of(act: Callable[[], object]) -> Refused | None:
    try:
        act()
    except Refused as refused:
        return refused
    return None


def _tell(stack: Any, refused: Refused) -> None:
    """Add the event of a resource; moto has only those of the stack itself."""
    event = type(stack.events[-1])(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        logical_resource_id=refused.logical_id,
        physical_resource_id=refused.physical_id,
        resource_type=refused.resource_type,
        resource_status=f"{refused.action}_FAILED",
        resource_status_reason=str(refused),
        resource_properties=None,
    )
    event.sendToSns(stack.account_id, stack.region_name, stack.notification_arns)
    stack.events.append(event)


def _enter(stack: Any, status: str, reason: str | None = None, keep: str | None = None) -> None:
    """The status with its event; the stack may keep a reason that the event does not have."""
    stack.status = status
    stack.stack_status_reason = reason or keep
    stack._add_stack_event(status, resource_status_reason=reason)


@contextmanager
def _inside() -> Iterator[bool]:
    """Whether this is inside another such call."""
    nested = _nested.get()
    token = _nested.set(True)
    try:
        yield nested
    finally:
        _nested.reset(token)
