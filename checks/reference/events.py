"""The events, as the lines of ``omics_mock.events`` have them."""

from collections.abc import Iterator

from checks.reference.markdown import Pages, code, listed, page, table
from omics_mock.events import TOLD, Told
from omics_mock.lifecycle import KINDS

_BEGINNING = """\
When a resource enters one of the states below, an event goes to the default bus of its account and region in moto's EventBridge,
with the source `aws.omics`. [React to events](../how-to/react-to-events.md) shows how to receive them. Members without a value are
left out. Every `detail` has `omicsVersion` besides, which is `1.0.0`. In the resources, `{prefix}` is what ARNs of the account and
region begin with, and the other names are members.
"""


def pages() -> Pages:
    """The page, a section for each kind of resource that is told of."""
    silent = sorted(KINDS - TOLD.keys())
    rows = [(f"[`{kind}`](#{kind})", code(detail_type(told)), len(told.words())) for kind, told in sorted(TOLD.items())]
    about = f"Nothing is told of the kinds {listed(silent)}, nor of S3 access policies: no public text says when."
    overview = table(("kind", "detail-type", "statuses"), rows)
    return {"events.md": page("Events", _BEGINNING, overview, about, *(part for kind in sorted(TOLD) for part in _section(kind)))}


def detail_type(told: Told) -> str:
    """What EventBridge's rules select by."""
    return f"{told.what.replace('{of}', 'Workflow')} Status Change"


def _section(kind: str) -> Iterator[str]:
    told = TOLD[kind]
    yield f"## `{kind}`"
    words = [code(word) if word == state else f"{code(word)} (state {code(state)})" for state, word in told.words().items()]
    fields = [field.partition("=")[0] for field in told.fields.split()]
    yield "\n".join(
        (
            f"- detail-type: {code(detail_type(told))}"
            + (", or with another kind of resource that is shared" if "{of}" in told.what else ""),
            f"- statuses: {', '.join(words)}",
            f"- members of the detail: {listed(fields)}",
            f"- resource: {code(told.resource)}",
        )
    )
