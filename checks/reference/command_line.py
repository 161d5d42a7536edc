"""The command line, from its parser."""

import argparse
from collections.abc import Iterator

from checks.reference.markdown import Pages, code, page, sentence, table
from omics_mock import cli

_BEGINNING = """\
`omics-mock`, or `python -m omics_mock`. It ends with status 0, with 1 if the command failed, and with 2 if it was not understood.
[Run the server](../how-to/run-the-server.md) shows it at work.
"""


def pages() -> Pages:
    """The page, a section for each command."""
    parser = cli._parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    helps = {action.dest: action.help for action in commands._choices_actions}
    rows = [(f"[`omics-mock {name}`](#omics-mock-{name})", helps[name] or "") for name in commands.choices]
    sections = (part for name, command in commands.choices.items() for part in _section(name, command))
    return {"command-line.md": page("Command line", _BEGINNING, table(("command", "does"), rows), *sections)}


def _section(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## `omics-mock {name}`"
    yield sentence(command.description or "")
    usual = ("options", "positional arguments")
    groups = [[group for group in command._action_groups if group.title in usual]]
    groups += [[group] for group in command._action_groups if group.title not in usual]
    for group in groups:
        actions = [action for part in group for action in part._group_actions if not isinstance(action, argparse._HelpAction)]
        if actions:
            if group[0].title not in usual:
                yield f"{(group[0].title or '').capitalize()}:"
            yield table(("argument", "meaning"), [(_usage(action), _help(action)) for action in actions])


def _usage(action: argparse.Action) -> str:
    if not action.option_strings:
        return code(action.metavar or action.dest)
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(code(option + value) for option in action.option_strings)


def _help(action: argparse.Action) -> str:
    return sentence((action.help or "") % {"default": action.default})
