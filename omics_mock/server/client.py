"""The control paths of a server as a Python object, with the verbs of OmicsMock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from omics_mock.calls import Call, CallLog
from omics_mock.faults import Error, UnusedFault
from omics_mock.server import archive, wire
from omics_mock.server.control import JSON, PREFIX, ZIP

if TYPE_CHECKING:
    from os import PathLike

    from omics_mock.runs_simulator.plans import Supplied, TaskPlan


class OmicsControl:
    """Steers the server at ``url``, from whatever process."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._opener = build_opener(ProxyHandler({}))  # a server of ours is not behind a proxy
        self.clock = RemoteClock(self)
        self.faults = RemoteFaults(self)

    def __repr__(self) -> str:
        return f"OmicsControl({self.url!r})"

    def health(self) -> dict[str, str]:
        """That the server is there, its version, and the time on the mock's clock. Raises OSError when it is not."""
        answered: dict[str, str] = self.ask("GET", "health")
        return answered

    @property
    def calls(self) -> RemoteCalls:
        """Every call in order, as the server has recorded them by now."""
        return RemoteCalls(self)

    def reset(self) -> None:
        """Empty every mocked service, forget calls, faults, plans and lifecycles, and put the clock back."""
        self.ask("POST", "reset")

    def lifecycle(self, kind: str, policy: str | float) -> None:
        """Choose how resources of one kind move through their states."""
        self.ask("POST", "lifecycle", {"kind": kind, "policy": policy})

    def advance(self, id_or_arn: str, to: str) -> None:
        """Move one resource to a state ahead of it."""
        self.ask("POST", "advance", {"id": id_or_arn, "to": to})

    def finish_all(self) -> None:
        """Move every resource to its terminal state."""
        self.ask("POST", "finish-all")

    def plan_run(
        self,
        *,
        workflow: str | None = None,
        name: str | None = None,
        parameters: Mapping[str, object] | None = None,
        tasks: Sequence[TaskPlan | str] | Mapping[str, TaskPlan] | None = None,
        outputs: Mapping[str, Supplied] | None = None,
        fail: str | Mapping[str, str] | None = None,
        retries: int | Mapping[str, int] = 0,
        cache_hits: bool | Iterable[str] = False,
    ) -> None:
        """Script what runs do, as ``OmicsMock.plan_run`` does but for what is called back. Files are read here, not there."""
        arguments = {"workflow": workflow, "name": name, "parameters": parameters, "tasks": tasks, "outputs": outputs}
        self.ask("POST", "plan-run", wire.plan_to_json(arguments | {"fail": fail, "retries": retries, "cache_hits": cache_hits}))

    def dump(self, folder: str | PathLike[str]) -> None:
        """Write all resources of the server to a folder of this machine."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        archive.unpack(self.ask("GET", "state"), Path(folder))

    def load(self, folder: str | PathLike[str]) -> None:
        """Put what ``dump`` wrote in place of all the server has."""
        self.ask("PUT", "state", archive.pack(Path(folder)))

    def ask(self, method: str, name: str, body: Mapping[str, object] | bytes | None = None) -> Any:
        """What a control path answers: JSON, or the bytes of a state. Refusals are a ValueError or a LookupError."""
        data = json.dumps(body).encode() if isinstance(body, Mapping) else body
        headers = {"Content-Type": ZIP if isinstance(body, bytes) else JSON}
        try:
            with self._opener.open(
                Request(f"{self.url}{PREFIX}{name}", data, headers, method=method), timeout=self._timeout
            ) as answer:
                answered: bytes = answer.read()
                return answered if answer.headers["Content-Type"] == ZIP else json.loads(answered)
        except HTTPError as refused:
            with refused:
                message = json.loads(refused.read())["message"] if refused.headers["Content-Type"] == JSON else str(refused)
            kinds: dict[int, type[Exception]] = {400: ValueError, 404: LookupError}
            raise kinds.get(refused.code, RuntimeError)(message) from None


class RemoteClock:
    """The clock of a server's mock."""

    def __init__(self, control: OmicsControl) -> None:
        self._control = control

    def now(self) -> datetime:
        """The time on it."""
        return datetime.fromisoformat(self._control.health()["now"])

    def advance(self, by: float | timedelta) -> None:
        """Move it forward by seconds or a timedelta."""
        self._control.ask("POST", "advance", {"seconds": by.total_seconds() if isinstance(by, timedelta) else by})


class RemoteFaults:
    """The faults of a server's mock."""

    def __init__(self, control: OmicsControl) -> None:
        self._control = control

    def add(
        self,
        operation: str,
        error: Error,
        times: int | None = 1,
        after: int = 0,
        account: str | None = None,
        region: str | None = None,
        message: str | None = None,
        optional: bool = False,
    ) -> None:
        """Let calls of ``operation`` meet ``error``, as ``OmicsMock.faults.add`` does."""
        body = {"operation": operation, "error": wire.error_to_json(error), "times": times, "after": after, "optional": optional}
        self._control.ask("POST", "faults", body | {"account": account, "region": region, "message": message or _message(error)})

    def clear(self) -> None:
        """Forget them all."""
        self._control.ask("DELETE", "faults")

    def check(self) -> None:
        """Raise UnusedFault if one that is not optional has not happened as often as it was meant to."""
        if unused := [fault["says"] for fault in self._control.ask("GET", "faults")["faults"] if fault["unused"]]:
            raise UnusedFault(f"{len(unused)} fault{'s' * (len(unused) > 1)} not used up:\n  " + "\n  ".join(unused))


class RemoteError(Exception):
    """What a recorded call failed with: ``code`` and ``message``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RemoteCalls(CallLog):
    """The calls a server has recorded. Members are as JSON has them: times are texts."""

    def __init__(self, control: OmicsControl) -> None:
        super().__init__()
        self._control = control
        for call in control.ask("GET", "calls")["calls"]:
            self.append(_call(call))

    def clear(self) -> None:
        """Let the server forget everything recorded so far."""
        self._control.ask("DELETE", "calls")
        super().clear()


def _call(body: dict[str, Any]) -> Call:
    error = body.pop("error")
    return Call(**body | {"error": error and RemoteError(**error), "at": datetime.fromisoformat(body["at"])})


def _message(error: Error) -> str | None:
    return getattr(error, "message", None) if isinstance(error, Exception) else None
