"""The buckets in which read sets are shown: filled when somebody looks into them, and nobody can tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.neighbours import SERVICE_ACCOUNT, own_buckets
from tests.support.storage import sequence_store
from tests.support.workflows import ROLE

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(lifecycle="immediate") as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return mocked.client("omics")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The objects that were made of read sets so far."""
    keys: list[str] = []
    make: Any = vars(own_buckets)["FakeKey"]

    def noticed(name: str, *args: Any, **members: Any) -> Any:
        keys.append(name)
        return make(name, *args, **members)

    monkeypatch.setattr(own_buckets, "FakeKey", noticed)
    return keys


def imported(omics: "OmicsClient", store: str, *names: str) -> list[str]:
    """The ids of new read sets of these names."""
    sources: Any = [
        {
            "sourceFileType": "FASTQ",
            "subjectId": "s",
            "sampleId": "s",
            "name": name,
            "sourceFiles": {"source1": f"s3://reads/{name}"},
        }
        for name in names
    ]
    omics.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=sources)
    return [found["id"] for found in omics.list_read_sets(sequenceStoreId=store)["readSets"] if found["name"] in names]


def alias(omics: "OmicsClient", store: str) -> str:
    return omics.get_sequence_store(id=store)["s3Access"]["s3Uri"].split("/")[2]


def directly(bucket: str) -> Any:
    """The bucket as moto's other services look at it."""
    from moto.s3.models import s3_backends

    return s3_backends[SERVICE_ACCOUNT]["aws"].buckets[bucket]


def names(bucket: str) -> list[str]:
    return sorted(key.rpartition("/")[2] for key in directly(bucket).keys)


def test_no_object_is_made_until_somebody_looks(omics: "OmicsClient", made: list[str]) -> None:
    store = sequence_store(omics)
    first, _ = imported(omics, store, "a.fastq", "b.fastq")
    omics.tag_resource(resourceArn=omics.get_read_set_metadata(sequenceStoreId=store, id=first)["arn"], tags={"project": "one"})
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[first])
    assert made == []
    assert names(alias(omics, store)) == ["b.fastq"]
    assert len(made) == 1
    (late,) = imported(omics, store, "c.fastq")
    assert len(made) == 1
    assert names(alias(omics, store)) == ["b.fastq", "c.fastq"]
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[late])
    assert names(alias(omics, store)) == ["b.fastq"]
    assert len(made) == 2


TAGS = {"a b&=;+é": "é &=+%;", "nothing": "", "half of a pair \ud83e": "\udd6c"}


@pytest.mark.operation("CreateSequenceStore.propagatedSetLevelTags")
def test_an_object_has_its_tags_whatever_is_in_them(omics: "OmicsClient") -> None:
    store = sequence_store(omics, propagatedSetLevelTags=[*TAGS])
    (read_set,) = imported(omics, store, "a.fastq")
    omics.tag_resource(resourceArn=omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["arn"], tags=TAGS)
    bucket = directly(alias(omics, store))
    (shown,) = bucket.keys.values()
    assert bucket._s3.tagger.get_tag_dict_for_resource(shown.arn).items() >= TAGS.items()


def test_an_object_is_as_old_as_what_it_shows(omics: "OmicsClient", monkeypatch: pytest.MonkeyPatch) -> None:
    store = sequence_store(omics)
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3)
    monkeypatch.setattr(own_buckets, "utcnow", lambda: long_ago)
    imported(omics, store, "a.fastq")
    monkeypatch.undo()
    (shown,) = directly(alias(omics, store)).keys.values()
    assert shown.last_modified == long_ago


def test_a_store_that_nobody_looked_into_takes_its_bucket_with_it(omics: "OmicsClient", made: list[str]) -> None:
    store = sequence_store(omics)
    imported(omics, store, "a.fastq")
    bucket = alias(omics, store)
    omics.batch_delete_read_set(
        sequenceStoreId=store, ids=[found["id"] for found in omics.list_read_sets(sequenceStoreId=store)["readSets"]]
    )
    omics.delete_sequence_store(id=store)
    with pytest.raises(KeyError):
        directly(bucket)
    assert made == []


def test_what_is_restored_is_shown_whether_somebody_had_looked_or_not(
    mocked: OmicsMock, omics: "OmicsClient", made: list[str]
) -> None:
    store = sequence_store(omics)
    (kept,) = imported(omics, store, "a.fastq")
    snapshot = mocked.snapshot()
    imported(omics, store, "b.fastq")
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[kept])
    mocked.restore(snapshot)
    assert made == []
    assert names(alias(omics, store)) == ["a.fastq"]
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[kept])
    mocked.restore(snapshot)
    assert names(alias(omics, store)) == ["a.fastq"]


def test_a_reset_leaves_no_bucket(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    imported(omics, store, "a.fastq")
    bucket = alias(omics, store)
    mocked.reset()
    with pytest.raises(KeyError):
        directly(bucket)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=bucket)


def test_what_is_read_of_an_object_that_a_reset_took_away_is_an_error(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    imported(omics, store, "a.fastq")
    (shown,) = directly(alias(omics, store)).keys.values()
    assert shown.value
    mocked.reset()
    with pytest.raises(ValueError, match="gone"):
        len(shown.value)
