"""Services of moto's that are reset while the service asks them something."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from omics_mock import mock_omics
from omics_mock.content import Content
from omics_mock.neighbours.backends import backend_of
from omics_mock.neighbours.log_groups import put
from omics_mock.neighbours.moto import MotoNeighbours
from tests.support.workflows import ROLE

pytestmark = pytest.mark.inferred

ACCOUNT, REGION = "123456789012", "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/reads"
EVENT = {"source": "aws.omics", "account": ACCOUNT, "region": REGION, "time": "2026-01-01T00:00:00Z"}
NOW = datetime.now(UTC)

ASKING: dict[str, tuple[str, Callable[[MotoNeighbours], object]]] = {
    "an object": ("s3", lambda others: others.s3_object("reads", "a.fastq")),
    "a bucket of the service's": ("s3", lambda others: others.open("reads")),
    "a role": ("iam", lambda others: others.role_trusts_us(ROLE)),
    "a key": ("kms", lambda others: others.kms_key(KEY)),
    "whether there are rules": ("events", lambda others: others.awaits_events()),
    "an event": ("events", lambda others: others.put_event(EVENT)),
    "a subnet": ("ec2", lambda others: others.network(["subnet-1"], [], None)),
    "log events": ("logs", lambda others: put(ACCOUNT, REGION, "stream", [(NOW, "it begins")])),
}


@pytest.mark.parametrize(("service", "ask"), ASKING.values(), ids=ASKING)
def test_a_reset_under_way_is_waited_for(
    service: str, ask: Callable[[MotoNeighbours], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_omics(), ThreadPoolExecutor(1) as pool:
        place = "aws" if service in ("s3", "iam") else REGION
        backend = backend_of(service, ACCOUNT, place)
        made = type(backend).__init__
        answers: list[Future[object]] = []

        def in_between(backend: Any, region_name: str, account_id: str) -> None:
            answers.append(pool.submit(ask, MotoNeighbours(ACCOUNT, REGION, "aws")))  # all is gone and not made anew yet
            wait(answers, 0.05)
            made(backend, region_name, account_id)

        with monkeypatch.context() as patched:
            patched.setattr(type(backend), "__init__", in_between)
            moto_api_backend.reset()
        assert answers
        for answer in answers:
            answer.result(10)


def test_what_is_written_to_a_bucket_in_a_reset_is_lost_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_omics() as omics:
        omics.client("s3").create_bucket(Bucket="results")
        others = MotoNeighbours(ACCOUNT, REGION, "aws")
        s3 = backend_of("s3", ACCOUNT, "aws")
        really_put = type(s3).put_object

        def reset_before(*args: Any, **members: Any) -> object:
            moto_api_backend.reset()
            return really_put(*args, **members)

        with monkeypatch.context() as patched:
            patched.setattr(type(s3), "put_object", reset_before)
            others.put_s3_object("results", "out.txt", b"done")
        others.put_s3_object("results", "out.txt", b"done")
        assert not others.s3_object("results", "out.txt").bucket_exists


def test_a_write_that_moto_refuses_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_omics() as omics:
        omics.client("s3").create_bucket(Bucket="results")
        s3 = backend_of("s3", ACCOUNT, "aws")

        def failing(*_: Any, **__: Any) -> object:
            raise OSError("no space left")

        monkeypatch.setattr(type(s3), "put_object", failing)
        with pytest.raises(OSError, match="no space left"):
            MotoNeighbours(ACCOUNT, REGION, "aws").put_s3_object("results", "out.txt", b"done")


def test_what_a_reset_took_away_is_neither_withdrawn_nor_tagged_anew() -> None:
    with mock_omics():
        others = MotoNeighbours(ACCOUNT, REGION, "aws")
        others.offer("reads", "a.fastq", Content([]), {"by": "us"})
        moto_api_backend.reset()
        others.withdraw("reads", "a.fastq")
        others.retag("reads", "a.fastq", {"by": "them"})
        others.close("reads")
        assert others.offered("reads", "a.fastq") is None
        assert not others.s3_object("reads", "a.fastq").bucket_exists
