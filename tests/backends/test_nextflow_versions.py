"""The versions of Nextflow that runs have."""

from typing import Any

import pytest

from omics_mock.backends.run_settings import engine_version, unknown_engine_version
from omics_mock.backends.workflows import Workflow
from omics_mock.definitions.analysis import analyse
from tests.support.workflows import archive

pytestmark = pytest.mark.documented


def workflow(wish: str | None = None, main: str = "") -> Workflow:
    config = "" if wish is None else f"manifest.nextflowVersion = '{wish}'\n"
    made = Workflow(engine="NEXTFLOW")
    made.definition = analyse(archive({"main.nf": main, "nextflow.config": config}))
    return made


@pytest.mark.parametrize(
    ("wish", "version"),
    [
        (None, "23.10.0"),
        ("24.10.8", "24.10.8"),
        ("=24.10.8", "24.10.8"),
        ("!25.10.0", "25.10.0"),
        ("26.04", "26.04.0"),
        (">=23.04.0", "23.10.0"),
        ("!>=24.04.0", "24.10.8"),
        (">25.10", "26.04.0"),
        ("<23.10.0", "22.04.0"),
        (">=24.01, <=25.10", "24.10.8"),
        (">=24.11, <=25.10", "25.10.0"),
        ("22.01+", "22.04.0"),
        ("24.11+", "23.10.0"),
        ("21.04.0", "23.10.0"),
        ("newest", "23.10.0"),
        ("!", "23.10.0"),
    ],
)
def test_the_preferred_version_of_those_that_fit_is_run(wish: str | None, version: str) -> None:
    assert engine_version({}, workflow(wish)) == version


@pytest.mark.parametrize(
    ("wish", "unknown"),
    [
        (None, None),
        ("!24.10.8", None),
        ("!>=23.04.0", None),
        ("!21.04.0", "21.04.0"),
        ("!>=27.04.0", ">=27.04.0"),
        ("21.04.0", None),
        (">=27.04.0", None),
    ],
)
def test_only_an_exclamation_mark_insists(wish: str | None, unknown: str | None) -> None:
    assert unknown_engine_version({}, workflow(wish)) == unknown


@pytest.mark.parametrize(
    ("wanted", "version", "unknown"),
    [
        ("25.10.0", "25.10.0", None),
        ("26.04", "26.04.0", None),
        ("24.10.1", None, "24.10.1"),
        ("99.99.9", None, "99.99.9"),
        ("newest", None, "newest"),
        (["a"], None, "['a']"),
    ],
)
def test_what_the_run_asks_for_counts_whatever_the_definition_says(wanted: Any, version: str | None, unknown: str | None) -> None:
    asked = {"engineSettings": {"engineVersion": wanted}}
    assert engine_version(asked, workflow("!21.04.0")) == version
    assert unknown_engine_version(asked, workflow("!21.04.0")) == unknown


def test_a_pipeline_in_dsl_1_has_the_version_that_knows_it() -> None:
    assert engine_version({}, workflow(main="nextflow.enable.dsl=1\n")) == "22.04.0"


def test_other_engines_have_no_version() -> None:
    asked = {"engineSettings": {"engineVersion": "99.99.9"}}
    assert engine_version(asked, Workflow(engine="WDL")) is None
    assert unknown_engine_version(asked, Workflow(engine="WDL")) is None
