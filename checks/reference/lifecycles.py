"""The lifecycles: every kind of resource with its states, what leads from one to the next, and a drawing."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from checks.reference import diagrams, walks
from checks.reference.markdown import GENERATED, Pages, code, listed, page, table
from checks.reference.operations import ALL, link
from omics_mock.given import STATES
from omics_mock.lifecycle import KINDS

_BEGINNING = """\
Resources move through states. Most of them move by themselves, one step at a time, and a test chooses what makes them step:

| policy | a resource moves |
| --- | --- |
| `"observed"` | one step after each poll that shows it: Get, a List that returns it, a waiter; polling a task polls its run |
| `"immediate"` | to its terminal state as soon as it is created; the create call itself still answers the first state |
| `"frozen"` | only by `advance` and `finish_all` |
| a number | with the mock's clock: so many seconds from creation to the terminal state, split evenly over the steps |

The policy of a kind is the first of: `OmicsMock.lifecycle(kind, policy)`, moto's `state_manager.set_transition("omics::run", ...)`,
the option `lifecycle`. [Control lifecycles and time](../how-to/control-lifecycles.md) shows them at work.
"""

_MORE = """\
## What else holds

A task begins when its run is RUNNING, and the run goes on when its tasks are done. Looking at the run finishes its tasks on
the way, unless the kind `task` has a policy of its own; looking at tasks moves them step by step.

A run that its group, or a quota for active runs, has no room for stays PENDING: the larger priority goes first, then the older
run, and a run that ends lets the next one start. What a waiting run waits for goes on although nobody looks at it, so that a
waiter on the last run ends. A poll of a batch moves its runs.

A run that was seen RUNNING stays so until it is looked at again: a test can wait for `run_running` and then cancel the run or
look at its tasks. A waiter on an intermediate state, such as `run_running`, needs a poll that says RUNNING. It gets one under
every policy but `"immediate"`.

An annotation store is made with its first version, which becomes ACTIVE with its store; looking at a version also moves its store.
Variant and annotation stores and versions fail only by hand: `omics.advance(arn, to="FAILED")`.

A sequence store is ACTIVE at once, unless the kind `sequence_store` has a policy of its own. A read set is ARCHIVED after 30 days
on the mock's clock in which nobody has used it.

The waiters `variant_import_job_created` and `annotation_import_job_created` take a CANCELLED job for a success, and poll a job
that is COMPLETED_WITH_FAILURES until they give up: botocore's waiters are used as they are.

```python
from moto.moto_api import state_manager
from omics_mock import mock_omics

with mock_omics() as omics:
    state_manager.set_transition("omics::workflow", {"progression": "manual", "times": 2})
    client = omics.client(region="us-east-1")
    workflow = client.create_workflow(name="align", definitionUri="s3://bucket/align.zip")["id"]
    assert [client.get_workflow(id=workflow)["status"] for _ in range(3)] == ["CREATING", "CREATING", "ACTIVE"]
    state_manager.unset_transition("omics::workflow")
```
"""

_KINDS = """\
## The kinds

In the drawings, a resource goes along full lines by itself, and along dashed ones when it is asked to or by hand. What is round
is an end.
"""


def pages() -> Pages:
    """The page and a drawing of each kind. Reference stores and references are ACTIVE at once, and have none."""
    kinds = [kind for kind in walks.seen() if kind in KINDS]
    drawings = {f"lifecycles/{kind}.svg": GENERATED.strip() + "\n" + _drawing(kind) for kind in kinds}
    return {"lifecycles.md": page("Lifecycles", _BEGINNING, _KINDS, *_sections(kinds), _MORE), **drawings}


def _sections(kinds: Iterable[str]) -> Iterator[str]:
    for kind in kinds:
        seen = walks.seen()[kind]
        yield f"### `{kind}`"
        yield f"![{_described(kind)}](lifecycles/{kind}.svg)"
        rows = [
            (code(start) if start else "", code(end), _causes(causes, start))
            for (start, end), causes in sorted(seen.moves.items(), key=_order(kind))
        ]
        yield table(("from", "to", "by"), rows)
        states = STATES.get(kind)
        yield "\n".join(
            (
                f"- polled by: {', '.join(_linked(operation) for operation in sorted(seen.polled_by))}",
                f"- `omics.given.{kind}(status=...)` makes it in: {listed(states)}"
                if states
                else "- tasks come with `omics.given.run()`",
            )
        )


def _order(kind: str) -> Callable[[tuple[tuple[str, str], object]], tuple[int, int]]:
    states = ["", *_states(kind)]
    return lambda move: (states.index(move[0][0]), states.index(move[0][1]))


def _causes(causes: set[str], start: str) -> str:
    asked = [_linked(cause) for cause in sorted(causes - {walks.ITSELF, walks.BY_HAND})]
    if walks.ITSELF in causes:
        asked.insert(0, "by itself" if start else "with the resource that makes it")
    return ", ".join(asked) or "`omics.advance` alone"


def _linked(operation: str) -> str:
    return next(link(family, operation) for family in ALL if operation in family.operations and family.service == "omics")


def _ways(kind: str) -> dict[diagrams.Way, bool]:
    """Every way between two states, and whether it has to be asked for."""
    moves = sorted(walks.seen()[kind].moves.items(), key=_order(kind))
    return {way: walks.ITSELF not in causes for way, causes in moves if way[0]}


def _main(kind: str) -> list[str]:
    """The line along the top: the first that was begun, with what comes before and after it."""
    line: Sequence[str] = next(line for line in walks.seen()[kind].lines if line[-1] != "DELETED")
    before = [start for start, end in walks.seen()[kind].moves if end == line[0] and start not in ("", *line)][:1]
    ends = [end for start, end in walks.seen()[kind].moves if start == line[-1] and end == "DELETED"]
    return [*before, *line, *ends]


def _states(kind: str) -> list[str]:
    moves = walks.seen()[kind].moves
    return [*dict.fromkeys((*_main(kind), *STATES.get(kind, ()), *(state for move in moves for state in move if state)))]


def _ends(kind: str) -> set[str]:
    """The states that a resource is in for good, unless it is deleted."""
    ways = _ways(kind)
    left = {start for (start, end), asked in ways.items() if not asked or "DELET" not in end}
    return set(_states(kind)) - left


def _described(kind: str) -> str:
    """The drawing in words."""
    return "; ".join(f"{start} to {end}{' when asked' if asked else ''}" for (start, end), asked in _ways(kind).items())


def _drawing(kind: str) -> str:
    ways = _ways(kind)
    return diagrams.svg(f"States of the kind {kind}", _described(kind), _main(kind), ways, _ends(kind))
