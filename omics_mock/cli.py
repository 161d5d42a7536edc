"""The command ``omics-mock``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

from omics_mock import settings
from omics_mock.about import version
from omics_mock.demo import demo
from omics_mock.operations import SERVICES

if TYPE_CHECKING:
    from omics_mock.mock import MockOptions


class Failure(Exception):
    """What a command says when it ends with exit status 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and answer its exit status: 0, 1 if the command failed, 2 if it was not understood."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except BrokenPipeError:  # the reader, say `head`, has seen enough
        sys.stderr.close()
    except Failure as failure:
        print(f"omics-mock: {failure}", file=sys.stderr)
        return 1
    return 0


# ---- what there is to say --------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="omics-mock", description="AWS HealthOmics mocked, in process or as a server.")
    parser.add_argument("--version", action="version", version=f"omics-mock {version()}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    command = commands.add_parser("demo", help="show a workflow and a run, end to end", description=demo.__doc__)
    command.set_defaults(run=lambda _: demo())

    command = commands.add_parser("serve", help="serve every mocked AWS service over HTTP", description=serve.__doc__)
    command.set_defaults(run=serve)
    _add_server_options(command)
    _add_mock_options(command)

    command = commands.add_parser("env", help="print what clients of a server need", description=env.__doc__)
    command.set_defaults(run=env)
    command.add_argument("url", nargs="?", help="where the server listens; by default what AWS_ENDPOINT_URL says")
    command.add_argument("--hosts", action="store_true", help="print a line for /etc/hosts, for clients that prefix every host")
    command.add_argument("--json", action="store_true", help="print JSON: environment and hosts")

    command = commands.add_parser("operations", help="list the operations and which are served", description=operations.__doc__)
    command.set_defaults(run=operations)
    command.add_argument("--json", action="store_true", help="print JSON: a list of objects")

    command = commands.add_parser(
        "new-operation", help="begin an operation that is not served yet, in a checkout", description=new_operation.__doc__
    )
    command.set_defaults(run=new_operation)
    command.add_argument("name", help="the operation's name in the API, such as PauseRun")
    command.add_argument("--service", choices=SERVICES, default="omics", help="whose operation it is (default: %(default)s)")
    command.add_argument("--model", type=Path, metavar="FILE", help="a service-2.json that is newer than the installed botocore's")
    command.add_argument("--family", metavar="CLASS", help="the class it belongs to (default: that of the operation most like it)")
    command.add_argument("--write", action="store_true", help="write the files, instead of showing them as a patch")
    return parser


def _add_server_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument_group("the server").add_argument
    add("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s, which no other machine reaches)")
    add("--port", type=_port, default=0, help="the port (default: one that is free)")
    add("--log-limit", type=int, default=10_000, metavar="N", help="how many calls are remembered (default: %(default)s)")
    add("--verbose", action="store_true", help="write a line for every request to standard error")
    add("--json", action="store_true", help="print url and environment as one line of JSON when ready")


def _add_mock_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("the mock, as the options of mock_omics")
    add = partial(group.add_argument, default=argparse.SUPPRESS)
    add("--lifecycle", type=_policy, metavar="POLICY", help="observed (default), immediate, frozen, or a number of seconds")
    add("--seed", type=_seed, help="a number that seeds the ids (default: 0), or random")
    add("--now", metavar="TIME", help="where the mock's clock starts, as ISO text (default: now)")
    add("--strict", action="store_true", help="refuse buckets, roles, keys and images that were never created")
    add("--rule", dest="rules", action="append", type=_rule, metavar="NAME=VALUE", help="choose a disputed point; may be repeated")
    add("--quota", dest="quotas", action="append", type=_quota, metavar="NAME=LIMIT", help="set a quota; may be repeated")
    add("--skip-sleep", action="store_true", help="let time.sleep in the server's process move the clock instead")
    add("--direct", action=argparse.BooleanOptionalAction, help="the transport of boto3 in the server's process")
    add("--config", type=_config, metavar="JSON", help="moto's own configuration")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text}")
    return port


def _policy(text: str) -> settings.Policy:
    try:
        return settings.checked_policy(float(text) if text[:1].isdigit() else text)
    except ValueError as unknown:
        raise argparse.ArgumentTypeError(str(unknown)) from None


def _seed(text: str) -> int | None:
    return None if text == "random" else int(text)


def _rule(text: str) -> tuple[str, str | int]:
    name, given, value = text.partition("=")
    if not given:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, int(value) if value.isdigit() else value


def _quota(text: str) -> tuple[str, int]:
    name, _, limit = text.rpartition("=")
    if not limit.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=LIMIT with a number")
    return name, int(limit)


def _config(text: str) -> dict[str, object]:
    try:
        config = json.loads(text)
    except ValueError as broken:
        raise argparse.ArgumentTypeError(f"no JSON: {broken}") from None
    if not isinstance(config, dict):
        raise argparse.ArgumentTypeError("the configuration is a JSON object")
    return config


# ---- the commands ----------------------------------------------------------------------------------------------------


def serve(arguments: argparse.Namespace) -> None:
    """Serve HealthOmics, Image Builder and every AWS service of moto until SIGINT or SIGTERM.

    When ready, one line says where, and the lines after it are what the environment of AWS's clients needs.
    """
    from omics_mock.server import OmicsServer

    try:
        server = OmicsServer(
            arguments.host,
            arguments.port,
            log_limit=arguments.log_limit,
            verbose=arguments.verbose,
            **_mock_options(arguments),
        )
    except ValueError as wrong:
        raise Failure(wrong) from wrong
    try:
        server.start()
    except OSError as taken:
        reason = str(taken.strerror or taken).partition(" (while")[0]
        raise Failure(f"cannot listen at {arguments.host} port {arguments.port}: {reason}") from taken
    except (ImportError, ValueError) as wrong:
        raise Failure(wrong) from wrong
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
        if server.reachable_from_outside:
            print(f"omics-mock: {arguments.host} is open to other machines, which can do all that you can", file=sys.stderr)
        # In one piece, so that a reader who closes the pipe after the first line does no harm.
        print("\n".join(_ready(server.url, server.environment, arguments.json)), flush=True)
        Event().wait()
    finally:
        server.stop(passed=False)


def _mock_options(arguments: argparse.Namespace) -> MockOptions:
    given: Any = {name: value for name, value in vars(arguments).items() if name in settings.Options.__dataclass_fields__}
    for name in ("rules", "quotas"):
        if name in given:
            given[name] = dict(given[name])
    options: MockOptions = given
    return options


def _ready(url: str, environment: dict[str, str], as_json: bool) -> Iterator[str]:
    if as_json:
        yield json.dumps({"url": url, "environment": environment})
    else:
        yield f"omics-mock listening on {url}"
        yield from (f"{name}={value}" for name, value in environment.items())


def _end(*_: object) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # once is enough
    raise SystemExit(0)


def env(arguments: argparse.Namespace) -> None:
    """Print the environment that points AWS's clients at a running server, one NAME=value on each line."""
    from urllib.parse import urlsplit

    from omics_mock.server import environment, host_names

    url = arguments.url or os.environ.get("AWS_ENDPOINT_URL", "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failure("which server? omics-mock env http://127.0.0.1:PORT, as `omics-mock serve` prints it")
    hosts = host_names(parts.hostname if any(map(str.isalpha, parts.hostname)) and ":" not in parts.hostname else "omics.localhost")
    if arguments.json:
        print(json.dumps({"environment": environment(url), "hosts": hosts}, indent=2))
    elif arguments.hosts:
        print("127.0.0.1", *hosts)
    else:
        print("\n".join(f"{name}={value}" for name, value in environment(url).items()))


def operations(arguments: argparse.Namespace) -> None:
    """List the operations of the installed botocore by family, HealthOmics first and then Image Builder, and which are served."""
    from omics_mock.backends.region import FAMILIES
    from omics_mock.imagebuilder.workflows import ImageWorkflows
    from omics_mock.state import Family

    families: tuple[type[Family], ...] = (*FAMILIES, ImageWorkflows)
    rows: list[dict[str, str | bool]] = [
        {
            "service": operation.service,
            "family": family.__name__,
            "operation": operation.name,
            "method": operation.http_method,
            "path": operation.uri,
            "served": hasattr(family, operation.method_name),
        }
        for family in families
        for operation in family.modelled()
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    shown = ("operation", "family", "method", "path")
    table = [("", *shown), *(("+" if row["served"] else "-", *(str(row[name]) for name in shown)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    print(f"{sum(row['served'] is True for row in rows)} of {len(rows)} served (+), the others (-) not yet")


def new_operation(arguments: argparse.Namespace) -> None:
    """Begin an operation that botocore knows and omics-mock does not serve: its method, its tests, and what is left to do."""
    from omics_mock.scaffold import NothingToBegin, plan

    try:
        begun = plan(arguments.name, arguments.service, arguments.model, arguments.family)
    except NothingToBegin as why:
        raise Failure(why) from why
    if arguments.write:  # pragma: no cover - its test does this in a copy of the checkout, which is not measured
        begun.write()
        print("\n".join((*(f"wrote {name}" for name in begun.files), "", begun.left())))
    else:
        print(f"{begun.patch()}\n\n{begun.left()}\n\nNothing is written yet: --write does it.")
