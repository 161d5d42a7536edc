"""The pytest plugin: fixtures, the marker and the ini options."""

import ast
import inspect
from collections.abc import Iterator

from checks.reference.markdown import Pages, code, page, sentence, table
from omics_mock import pytest_plugin

_BEGINNING = """\
Once the package is installed, pytest has these. [Use with pytest](../how-to/use-with-pytest.md) shows them at work.
`pytest -p no:omics_mock` leaves them out.
"""

_MARKER = """\
## Marker

`@pytest.mark.omics_mock(**options)` takes the [options of `mock_omics`](mock-omics.md#options) by keyword. A test with it is mocked
without naming a fixture. The closest marker wins over those around it, and any of them over the ini options; `rules` and `quotas`
are merged.
"""

_INI = "## Ini options\n\nIn `[tool.pytest.ini_options]` of `pyproject.toml`, or in whatever file pytest reads."


class _Noted:
    """Stands for pytest's parser, and remembers the options."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    def addini(self, name: str, help: str, type: str, default: object) -> None:  # noqa: A002  # as pytest calls them
        said = str(default).lower() if type == "bool" else str(default)
        self.rows.append(
            (code(name), {"bool": "true or false"}.get(type, "text"), code(said) if said else "that of `mock_omics`", help)
        )


def pages() -> Pages:
    """The page as the plugin has it."""
    noted = _Noted()
    pytest_plugin.pytest_addoption(noted)  # type: ignore[arg-type]  # all it does is to add ini options
    return {
        "pytest-plugin.md": page(
            "pytest plugin",
            _BEGINNING,
            "## Fixtures",
            table(("fixture", "scope", "is"), _fixtures()),
            _MARKER,
            _INI,
            table(("option", "value", "default", "meaning"), noted.rows),
        )
    }


def _fixtures() -> Iterator[tuple[str, str, str]]:
    module = ast.parse(inspect.getsource(pytest_plugin))
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("pytest.fixture"):
                    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                    scope = next((ast.literal_eval(keyword.value) for keyword in keywords if keyword.arg == "scope"), "function")
                    kind = ast.unparse(node.returns).removeprefix("Iterator[").rstrip("]") if node.returns else ""
                    yield code(node.name), scope, f"{code(kind)}: {sentence(ast.get_docstring(node) or '')}"
