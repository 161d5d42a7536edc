"""Services of moto's that are reset while the service asks them something."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import backends
from moto.moto_api._internal.models import moto_api_backend

from omics_mock import mock_omics
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
        backend: Any = backends.get_backend(service)[ACCOUNT][place]  # type: ignore[call-overload]  # any service
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
