import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary copies are gone after every test."""
    folder: Path = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture(autouse=True)
def nothing_is_written_to_stderr(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """htslib stays quiet."""
    yield
    assert capfd.readouterr().err == ""


@pytest.fixture(params=["with pysam", "without pysam"])
def pysam_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the extra is there; the test runs both ways."""
    if request.param == "without pysam":
        monkeypatch.setitem(sys.modules, "pysam", None)
    return bool(request.param == "with pysam")
