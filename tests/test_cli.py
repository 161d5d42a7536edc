"""The command line."""

import subprocess
import sys

import pytest

from omics_mock import cli


def test_the_demo_tells_the_story_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == 0
    told = capsys.readouterr().out
    assert "status=ACTIVE" in told
    assert "status=COMPLETED" in told
    assert "name=trim" in told
    assert "name=count" in told
    for refusal in ("ValidationException", "ResourceNotFoundException", "ConflictException"):
        assert told.count(f"({refusal})") == 1


def test_operations_lists_every_operation_with_its_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["operations"]) == 0
    listed = capsys.readouterr().out
    assert "Workflows\n  + CreateWorkflow\n" in listed
    assert "Shares\n  + CreateShare\n" in listed
    assert "ImageWorkflows\n  + CreateWorkflow\n" in listed
    assert "  - " not in listed


def test_the_module_is_the_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "omics_mock", "--help"], capture_output=True, text=True, check=True)
    assert "demo" in shown.stdout


def test_a_missing_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.main([])
    assert refusal.value.code == 2
