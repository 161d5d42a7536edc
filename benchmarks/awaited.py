"""What a call of an aiobotocore client costs. It asks for a botocore of its own, so this runs in an environment of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.session import get_session

from benchmarks.calls import client, small_calls
from benchmarks.measuring import AWAITED, Way, each, interleaved
from omics_mock import mock_omics

CALLS = ("GetRun", "CreateWorkflow")
TIMES, ROUNDS = 30, 11


def ways(loop: asyncio.AbstractEventLoop, omics: Any, constant: Any, call: Callable[[Any], Any]) -> dict[str, Way]:
    """The ways to answer a call, in a loop that runs for as long as they are repeated."""
    answer = loop.run_until_complete(call(omics))
    http = AioAWSResponse("", answer.pop("ResponseMetadata")["HTTPStatusCode"], {}, None)
    constant.meta.events.register_first("before-call.omics", lambda **_: (http, dict(answer)))

    def repeated(client: Any) -> Way:
        async def several() -> None:
            for _ in range(TIMES):
                await call(client)

        return lambda: each(lambda: loop.run_until_complete(several()), 1) / TIMES

    def through_http() -> float:
        with mock_omics(direct=False):
            return repeated(omics)()

    return {
        "aiobotocore: floor, before-call, constant answer": repeated(constant),
        "aiobotocore: omics_mock": repeated(omics),
        "aiobotocore: omics_mock, interceptor": through_http,
    }


def main() -> None:
    """Measure, and keep what was found for the tables."""
    loop, session = asyncio.new_event_loop(), get_session()
    asked = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    found: dict[str, dict[str, list[float]]] = {}
    with mock_omics(now="2026-01-01", lifecycle="immediate") as mock:
        calls = small_calls(client())
        for name in CALLS:
            omics = loop.run_until_complete(session.create_client("omics", **asked).__aenter__())
            constant = loop.run_until_complete(session.create_client("omics", **asked).__aenter__())
            found[name] = interleaved(ways(loop, omics, constant, calls[name]), ROUNDS)
            mock.calls.clear()
            for used in (omics, constant):
                loop.run_until_complete(used.close())
    loop.close()
    used = ", ".join(f"{name} {version(name)}" for name in ("aiobotocore", "botocore"))
    AWAITED.parent.mkdir(exist_ok=True)
    AWAITED.write_text(json.dumps({"versions": used, "costs": found}), encoding="utf-8")


if __name__ == "__main__":
    main()
