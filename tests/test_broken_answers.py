"""Answers that arrive broken."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import exceptions

from omics_mock import (
    CorruptedBody,
    MalformedJson,
    OmicsMock,
    TruncatedBody,
    mock_omics,
)
from tests.support.faults import ONCE, outcome
from tests.support.sequences import data
from tests.support.storage import imported, reference, sequence_store, uploaded


@pytest.fixture
def omics() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-01") as omics:
        yield omics


@pytest.fixture
def download(omics: OmicsMock) -> dict[str, Any]:
    client = omics.client()
    store = sequence_store(client)
    return {"sequenceStoreId": store, "id": imported(client, store), "partNumber": 1}


@pytest.mark.parametrize(("at", "arrived"), [(None, 0.5), (0, 0), (10, 10), (10**9, -1)])
def test_a_download_ends_early(omics: OmicsMock, download: dict[str, Any], at: int | None, arrived: float) -> None:
    client = omics.client()
    whole = client.get_read_set(**download)["payload"].read()
    length = {0.5: len(whole) // 2, -1: len(whole) - 1}.get(arrived, int(arrived))
    omics.faults.add("GetReadSet", TruncatedBody(at), times=2)
    with pytest.raises(exceptions.IncompleteReadError, match=f"{length} read, but total bytes expected is {len(whole)}"):
        client.get_read_set(**download)["payload"].read()
    chunks: list[bytes] = []
    with pytest.raises(exceptions.IncompleteReadError):
        chunks.extend(client.get_read_set(**download)["payload"].iter_chunks(7))
    assert whole.startswith(b"".join(chunks))
    assert client.get_read_set(**download)["payload"].read() == whole
    assert [call.error for call in omics.calls.of("GetReadSet")] == [None] * 4


@pytest.mark.parametrize("at", [None, 0, 10, 10**9])
def test_a_download_arrives_corrupted(omics: OmicsMock, download: dict[str, Any], at: int | None) -> None:
    client = omics.client()
    whole = client.get_read_set(**download)["payload"].read()
    omics.faults.add("GetReadSet", CorruptedBody(at), times=2)
    corrupted = client.get_read_set(**download)["payload"].read()
    assert len(corrupted) == len(whole)
    wrong = [position for position, (is_, was) in enumerate(zip(corrupted, whole, strict=True)) if is_ != was]
    assert wrong == [min(len(whole) // 2 if at is None else at, len(whole) - 1)]
    assert b"".join(client.get_read_set(**download)["payload"].iter_chunks(7)) == corrupted
    assert client.get_read_set(**download)["payload"].read() == whole


def test_of_a_long_download_one_byte_is_wrong(omics: OmicsMock) -> None:
    client = omics.client()
    whole = b"@r\nACGT\n+\nIIII\n" * 150_000
    store = sequence_store(client)
    wanted: Any = {"sequenceStoreId": store, "id": uploaded(client, store, whole), "partNumber": 1}
    omics.finish_all()
    omics.faults.add("GetReadSet", CorruptedBody())
    arrived = client.get_read_set(**wanted)["payload"].read()
    middle = len(whole) // 2
    assert arrived == whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]


def test_a_reference_arrives_broken(omics: OmicsMock) -> None:
    client = omics.client()
    _, store, _, reference_id = reference(client, "ce.fa").split("/")
    wanted: Any = {"referenceStoreId": store, "id": reference_id, "partNumber": 1, "range": "bytes=100-299"}
    omics.faults.add("GetReference", CorruptedBody(5))
    omics.faults.add("GetReference", TruncatedBody(150))
    whole = data("ce.fa")[100:300]
    assert client.get_reference(**wanted)["payload"].read() == whole[:5] + bytes([whole[5] ^ 1]) + whole[6:]
    with pytest.raises(exceptions.IncompleteReadError, match="150 read, but total bytes expected is 200"):
        client.get_reference(**wanted)["payload"].read()


def test_the_refusal_of_a_download_is_cut_off_like_any_answer(omics: OmicsMock) -> None:
    omics.faults.add("GetReadSet", TruncatedBody(9))
    omics.faults.add("GetReadSet", CorruptedBody(2))
    client = omics.client(config=ONCE)
    for _ in range(2):
        assert outcome(client, "get_read_set", sequenceStoreId="1234567890", id="1234567890", partNumber=1) == (
            "ResourceNotFoundException"
        )


@pytest.mark.parametrize("broken", [TruncatedBody(), MalformedJson, MalformedJson(b"oops")])
def test_an_answer_that_is_not_json_says_nothing_to_botocore(omics: OmicsMock, broken: Any) -> None:
    client = omics.client()
    omics.faults.add("CreateSequenceStore", broken)
    answer = client.create_sequence_store(name="store")
    assert answer.keys() == {"ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(client.list_sequence_stores()["sequenceStores"]) == 1  # it was served
    assert omics.calls.of("CreateSequenceStore")[0].response is not None


def test_an_answer_that_is_not_json_reaches_other_readers_as_it_is(omics: OmicsMock) -> None:
    client = omics.client()
    seen: list[bytes] = []
    client.meta.events.register("response-received.omics", lambda response_dict, **_: seen.append(response_dict["body"]))
    client.create_run_group(name="group")
    omics.faults.add("ListRunGroups", TruncatedBody(4))
    client.list_run_groups()
    client.list_run_groups()
    assert seen[1] == seen[2][:4]
    with pytest.raises(json.JSONDecodeError):
        json.loads(seen[1])
