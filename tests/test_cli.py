"""The command line."""

import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from botocore.config import Config

from omics_mock import cli
from omics_mock.about import version
from omics_mock.server import OmicsControl, environment

NAMES = ["analytics-omics", "control-storage-omics", "storage-omics", "tags-omics", "workflows-omics"]


def test_the_demo_tells_the_story_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == 0
    told = capsys.readouterr().out
    assert "status=ACTIVE" in told
    assert "status=COMPLETED" in told
    assert "name=trim" in told
    assert "name=count" in told
    for refusal in ("ValidationException", "ResourceNotFoundException", "ConflictException"):
        assert told.count(f"({refusal})") == 1


# ---- operations ------------------------------------------------------------------------------------------------------


def test_operations_is_a_table_of_every_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operations"]) == 0
    head, *rows, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["operation", "family", "method", "path"]
    assert ["+", "GetRun", "Runs", "GET", "/run/{id}"] in map(str.split, rows)
    assert ["+", "GetWorkflow", "ImageWorkflows", "GET", "/GetWorkflow"] in map(str.split, rows)
    assert total == f"{len(rows)} of {len(rows)} served (+), the others (-) not yet"


def test_operations_as_json_are_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operations", "--json"]) == 0
    (found,) = (row for row in json.loads(capsys.readouterr().out) if row["operation"] == "StartRun")
    assert found == {
        "service": "omics",
        "family": "Runs",
        "operation": "StartRun",
        "method": "POST",
        "path": "/run",
        "served": True,
    }


# ---- env -------------------------------------------------------------------------------------------------------------


def test_env_prints_what_a_shell_takes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["env", "http://127.0.0.1:4567"]) == 0
    printed = capsys.readouterr().out
    assert dict(line.split("=", 1) for line in printed.splitlines()) == environment("http://127.0.0.1:4567")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    assert cli.main(["env"]) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://127.0.0.1:1", "omics.localhost"), ("http://[::1]:1", "omics.localhost"), ("http://omics:1", "omics")],
)
def test_env_prints_the_names_to_resolve(capsys: pytest.CaptureFixture[str], url: str, host: str) -> None:
    assert cli.main(["env", "--hosts", url]) == 0
    names = [host, *(name.replace("omics", host) for name in NAMES)]
    assert capsys.readouterr().out.split() == ["127.0.0.1", *names]
    assert cli.main(["env", "--json", url]) == 0
    assert json.loads(capsys.readouterr().out) == {"environment": environment(url), "hosts": names}


@pytest.mark.parametrize("arguments", [[], ["127.0.0.1:4567"], ["ftp://here"]])
def test_env_without_a_server_s_url_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert cli.main(["env", *arguments]) == 1
    assert capsys.readouterr().err.startswith("omics-mock: which server?")


# ---- serve -----------------------------------------------------------------------------------------------------------


@contextmanager
def serving(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "omics_mock", "serve", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def test_serve_says_where_it_is_then_the_environment_and_ends_with_sigterm() -> None:
    options = ["--lifecycle", "immediate", "--seed", "7", "--now", "2026-01-01T00:00:00Z", "--strict", "--rule", "part_size=1000"]
    options += ["--quota", "Maximum runs (active or inactive)=3", "--no-direct", "--config", "{}", "--log-limit", "2"]
    with serving(*options) as process:
        ready, _, url = line(process).rpartition(" ")
        assert ready == "omics-mock listening on"
        told = dict(line(process).split("=", 1) for _ in environment(url))
        assert told == environment(url)
        keys = boto3.Session("testing", "testing", region_name="us-east-1")
        omics = keys.client("omics", endpoint_url=url, config=Config(inject_host_prefix=False))
        assert omics.create_run_group(name="group")["arn"].startswith("arn:aws:omics:us-east-1:123456789012:")
        for _ in range(3):
            omics.list_run_groups()
        remote = OmicsControl(url)
        assert remote.clock.now().year == 2026
        assert len(remote.calls) == 2
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0


def test_serve_ends_with_sigint_and_tells_programs_in_json() -> None:
    with serving("--json", "--verbose", "--host", "0.0.0.0", "--seed", "random") as process:
        ready = json.loads(line(process))
        assert ready == {"url": ready["url"], "environment": environment(ready["url"])}
        OmicsControl(ready["url"]).health()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert said.startswith("omics-mock: 0.0.0.0 is open to other machines")
        assert "GET /omics-mock/health HTTP/1.1" in said


def test_a_taken_port_fails_at_once_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert capsys.readouterr().err == f"omics-mock: cannot listen at 127.0.0.1 port {port}: {os.strerror(errno.EADDRINUSE)}\n"


def test_what_the_server_is_made_of_may_be_missing() -> None:
    code = "import sys; sys.modules['flask'] = None; from omics_mock.cli import main; sys.exit(main(['serve']))"
    failed = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stderr) == (
        1,
        'omics-mock: the server needs more packages: pip install "omics-mock[server]"\n',
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--rule", "colour=red"], "unknown rule 'colour'"),
        (["--quota", "colours=1"], "unknown quota 'colours'"),
        (["--now", "later"], "later"),
        (["--log-limit", "-1"], "log_limit"),
    ],
)
def test_options_that_the_mock_refuses_fail(capsys: pytest.CaptureFixture[str], options: list[str], complaint: str) -> None:
    assert cli.main(["serve", *options]) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["serve", "--lifecycle", "sometimes"],
        ["serve", "--port", "70000"],
        ["serve", "--rule", "part_size"],
        ["serve", "--quota", "Maximum workflows=many"],
        ["serve", "--config", "{"],
        ["serve", "--config", "[]"],
        ["paint"],
    ],
)
def test_what_is_not_understood_is_a_usage_error(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.main(arguments)
    assert refusal.value.code == 2
    assert "usage: omics-mock" in capsys.readouterr().err


# ---- help ------------------------------------------------------------------------------------------------------------


def test_every_option_of_the_mock_is_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["serve", "--help"])
    told = capsys.readouterr().out
    for option in ("lifecycle", "seed", "now", "strict", "rule", "quota", "skip-sleep", "direct", "config"):
        assert f"--{option}" in told


def test_the_module_is_the_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "omics_mock", "--help"], capture_output=True, text=True, check=True)
    for command in ("demo", "serve", "env", "operations", "new-operation"):
        assert command in shown.stdout


def test_the_version_of_a_checkout_that_is_not_installed_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert version() == "unknown"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("omics-mock ")


def test_a_reader_who_has_seen_enough_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    told = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Closed())
    monkeypatch.setattr(sys, "stderr", told)
    assert cli.main(["operations"]) == 0
    assert told.closed  # nor is it one for the interpreter, which says so at its end
