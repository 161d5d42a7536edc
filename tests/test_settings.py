"""Rules that are sizes, and quotas that wait to be set."""

from pathlib import Path
from typing import Any

import pytest

from omics_mock import OmicsMock, mock_omics, settings
from omics_mock.settings import QUOTAS
from tests.support.storage import reference, reference_store, start_reference_import
from tests.support.workflows import client

LARGEST = 5_368_709_120
IMPORTS = "Maximum concurrent sequence or reference store import jobs"


@pytest.mark.parametrize("size", [0, -1, LARGEST + 1, True, 1.5, "1024", None])
def test_a_part_size_is_a_number_of_bytes(size: Any) -> None:
    with pytest.raises(ValueError, match=f"rule 'part_size' is a number of bytes from 1 to {LARGEST}, not {size!r}"):
        mock_omics(rules={"part_size": size})


def test_a_part_size_holds_for_files_that_come_later_and_until_its_mock_ends() -> None:
    def parts(name: str) -> tuple[int, int]:
        arn = reference(client(), "nucleotide_lib.fa", name=name)  # 18,093 bytes
        store, _, reference_id = arn.split("/")[1:]
        source = client().get_reference_metadata(referenceStoreId=store, id=reference_id)["files"]["source"]
        return source["partSize"], source["totalParts"]

    with mock_omics(rules={"part_size": 10_000}) as outer:
        assert parts("first") == (10_000, 2)
        with mock_omics(rules={"part_size": LARGEST}):
            assert parts("second") == (LARGEST, 1)
        outer.rules["part_size"] = 1  # a file has at most ten thousand parts
        assert parts("third") == (2, 9047)
        with pytest.raises(ValueError, match="part_size"):
            outer.rules["part_size"] = 0
        assert outer.rules["part_size"] == 1


def test_a_rule_of_words_takes_no_other() -> None:
    with pytest.raises(ValueError, match="one of refuse, accept, not 5"):
        mock_omics(rules={"undeclared_parameters": 5})


def test_a_quota_without_a_limit_waits_to_be_set() -> None:
    with mock_omics(lifecycle="frozen") as outer:
        omics = client()
        store = reference_store(omics)
        assert outer.quotas[IMPORTS] is outer.quotas[IMPORTS.upper()] is None
        for name in ("one", "two"):
            start_reference_import(omics, store, {"name": name})
        with mock_omics(quotas={IMPORTS: 2}), pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="limit of 2"):
            start_reference_import(omics, store, {"name": "three"})
        start_reference_import(omics, store, {"name": "three"})
        assert OmicsMock.current().quotas[IMPORTS] is None


def test_a_quota_can_be_lifted() -> None:
    with mock_omics(quotas={"Maximum sequence stores": 0}) as mocked:
        omics = client()
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
            omics.create_sequence_store(name="one")
        mocked.quotas["maximum sequence stores"] = None
        omics.create_sequence_store(name="one")


def test_every_quota_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "reference" / "quotas.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `").lower() for line in page.splitlines() if line.startswith("| ")}
    assert rows >= QUOTAS.keys()


def test_what_was_not_entered_can_not_be_left() -> None:
    with pytest.raises(RuntimeError, match="no mock is active"):
        settings.pop()
