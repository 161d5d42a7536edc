"""The comparison with a real account, with a server in the account's place."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from omics_mock import mock_omics
from omics_mock.exceptions import ResourceNotFoundException
from omics_mock.server import OmicsServer
from tests.verify.compare import (
    PREFIX,
    Comparison,
    Probe,
    Target,
    Witness,
    differences,
    leftovers,
    observe,
    observe_the_mock,
    target_of,
)
from tests.verify.probes import PROBES, run_groups

ROOT = Path(__file__).parents[1]
ACCOUNT = "123456789012"
AWS = {"OMICS_MOCK_TARGET": "aws", "OMICS_MOCK_TARGET_ACCOUNT": ACCOUNT}


def target(environ: Mapping[str, str]) -> Target:
    found = target_of(environ)
    assert found
    return found


def refuse(message: str) -> Any:
    raise ResourceNotFoundException(message)


@pytest.mark.parametrize("probe", PROBES)
def test_an_unchanged_server_does_not_differ_and_keeps_nothing(probe: Probe) -> None:
    mock = observe_the_mock(probe, "us-east-1", "a-bucket")
    with OmicsServer(skip_sleep=True) as server:
        there = target({"OMICS_MOCK_TARGET": server.url})
        seen = observe(probe, there.client, "a-bucket")
        assert differences("probe", mock, seen) == []
        assert {call.operation for call in seen} <= {call.operation for call in server.omics.calls}
        assert leftovers(there.client, prefix="") == []


def test_a_changed_server_is_found_out(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with OmicsServer() as server:
        server.omics.on("ListTagsForResource", lambda asked: {"tags": {"one": "2"}})
        server.omics.on("DeleteRunGroup", lambda asked: refuse("It stays"))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/verify", "-k", "tags"]
        environ = os.environ | {"OMICS_MOCK_TARGET": server.url}
        ran = subprocess.run(
            [*command, f"--verify-report={report}"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        (left,) = leftovers(server.omics.client(region="us-east-1"))
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    assert "comparing the mock with a server in us-east-1" in ran.stdout
    assert "| tags, call 5 | ListTagsForResource | member tags.made-by | str | (none) |" in ran.stdout
    assert f"still there, please delete it: {left}" in ran.stdout
    missing, *others = json.loads(report.read_text(encoding="utf-8"))["differences"]
    assert [*missing.values()] == ["tags, call 5", "ListTagsForResource", "member tags.made-by", "str", ""]
    assert {other["operation"] for other in others} == {"ListTagsForResource"}  # of what does not exist


def test_a_refusal_is_compared_by_status_code_and_message_without_what_is_private() -> None:
    def probe(see: Witness) -> None:
        see("get_run_group", id="1234567")

    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/of/somebody"
    gone = f"{who}: arn:aws:omics:us-east-1:{ACCOUNT}:runGroup/1234567 is gone since 2026-01-01T00:00:00Z"
    mock = observe_the_mock(probe, "us-east-1", "")
    with mock_omics() as omics:
        omics.on("GetRunGroup", lambda asked: refuse(gone))
        (refused,) = differences("probe", mock, observe(probe, omics.client(region="us-east-1"), ""))
        omics.on("GetRunGroup", lambda asked: {"id": "1234567"})
        accepted = differences("probe", mock, observe(probe, omics.client(region="us-east-1"), ""))
    assert refused[2:] == (
        "message",
        "RunGroup ID not found",
        "PRINCIPAL arn:aws:omics:us-east-1:ID:runGroup/ID is gone since TIME",
    )
    assert [one[2:] for one in accepted] == [
        ("status", "404", "200"),
        ("code", "ResourceNotFoundException", ""),
        ("message", "RunGroup ID not found", ""),
    ]


def test_what_was_made_is_deleted_when_a_probe_breaks() -> None:
    def probe(see: Witness) -> None:
        see("create_run_group", name="not named as it should be")
        see("create_workflow", name=see.name, definitionZip=b"")
        raise LookupError("broken")

    with mock_omics(skip_sleep=True) as omics:
        with pytest.raises(LookupError, match="broken"):
            observe(probe, omics.client(region="us-east-1"), "")
        deleted = [call.operation for call in omics.calls if call.operation.startswith("Delete")]
        assert deleted == ["DeleteWorkflow", "DeleteRunGroup"]
        assert leftovers(omics.client(region="us-east-1"), prefix="") == []


def test_only_what_a_comparison_made_is_listed_as_left() -> None:
    with mock_omics() as omics:
        client = omics.client(region="us-east-1")
        client.create_run_group(name="of-the-user")
        client.create_run_group()
        store = client.create_sequence_store(name=f"{PREFIX}1")
        assert leftovers(client) == [store["arn"]]


# ---- the account -----------------------------------------------------------------------------------------------------


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({**AWS, "CI": "true"}, "nothing for CI"),
        ({**AWS, "OMICS_MOCK_TARGET_ACCOUNT": "210987654321"}, f"credentials of account {ACCOUNT}"),
        ({"OMICS_MOCK_TARGET": "aws"}, f"credentials of account {ACCOUNT}"),
        ({"OMICS_MOCK_TARGET": "moon"}, "not 'moon'"),
    ],
)
def test_an_account_that_may_not_be_meant_is_refused(account: None, environ: dict[str, str], complaint: str) -> None:
    with mock_omics() as omics, pytest.raises(pytest.UsageError, match=complaint):
        target_of(environ)
    assert len(omics.calls) == 0


def test_an_account_without_a_region_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_DEFAULT_REGION": "", "AWS_REGION": "", "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    with mock_omics(), pytest.raises(pytest.UsageError, match="needs a region"):
        target_of(AWS)


def test_the_account_that_is_meant_is_compared_in_its_region(account: None) -> None:
    with mock_omics(skip_sleep=True):
        there = target(AWS)
        assert (there.kind, there.account, there.region) == ("AWS", ACCOUNT, "eu-west-1")
        seen = observe(run_groups, there.client, "")
    assert [call.code for call in seen] == [call.refusal for call in seen]
    assert seen[1].members["arn"] == "arn:aws:omics:eu-west-1:ID:runGroup/ID"


def test_nothing_is_compared_unless_asked() -> None:
    assert target_of({"CI": "true"}) is None
    assert Comparison(None).markdown().endswith("Nothing was compared.")
