"""What the mock decides although nothing public tells: the rules, and the tests that are marked so."""

from collections.abc import Iterator

from checks.reference import provenance
from checks.reference.markdown import Pages, page, sentence, table
from checks.reference.rules import side
from omics_mock.rules import RULES

_BEGINNING = """\
The service's model and AWS's documents leave points open, or contradict each other. The mock decides them, and here is how. Where a
test's outcome hangs on one of them, ask the service. [What is faithful and what is not](../explanation/faithfulness.md) has the
larger picture.
"""

_SWITCHED = "## Decided by a rule\n\nOf these you can have the other side: `mock_omics(rules={...})`, see [Rules](rules.md)."

_TESTED = """\
## Decided by the library

Each of these is what a test of the project demands that is marked as inferred: because nothing public tells, because what is public
leaves a part of it open, often only the class of an error, or because it is about steering the mock. A switch is named where one
changes it.
"""

_NONE = "No test is marked as inferred yet."


def pages() -> Pages:
    """The page as rules and tests have it."""
    rules = [(f"[{name}](rules.md#{name})", rule.decides, side(rule.default)) for name, rule in sorted(RULES.items())]
    return {
        "inferred.md": page(
            "Inferred decisions", _BEGINNING, _SWITCHED, table(("rule", "decides", "default"), rules), _TESTED, *_tested()
        )
    }


def _tested() -> Iterator[str]:
    inferred = [test for test in provenance.tests() if test.mark == "inferred"]
    if not inferred:
        yield _NONE
    for path in dict.fromkeys(test.path for test in inferred):
        yield f"### `{path}`"
        yield "\n".join(_line(test) for test in inferred if test.path == path)


def _line(test: provenance.Test) -> str:
    switches = ", ".join(f"[{name}](rules.md#{name})" for name in test.rules)
    return f"- {sentence(test.sentence)}" + (f" (switch: {switches})" if switches else "")
