"""The paths below ``/omics-mock/``: what OmicsMock can do, for other processes.

They take and give bodies, never a path on this machine, and nothing from a web page: requests with an ``Origin`` are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

from omics_mock.about import version
from omics_mock.server import archive, wire

if TYPE_CHECKING:
    from omics_mock.mock import OmicsMock

PREFIX = "/omics-mock/"
JSON = "application/json"
ZIP = "application/zip"

Answer: TypeAlias = "tuple[str, str, bytes]"
"""Status line, media type and body."""


class Control:
    """Answers the requests that steer a mock."""

    def __init__(self, omics: OmicsMock) -> None:
        self._omics = omics
        self._verbs: dict[str, dict[str, Callable[[Any], Any]]] = {
            "health": {"GET": self._health},
            "reset": {"POST": self._reset},
            "advance": {"POST": self._advance},
            "finish-all": {"POST": self._finish_all},
            "lifecycle": {"POST": self._lifecycle},
            "faults": {"GET": self._faults, "POST": self._add_fault, "DELETE": self._clear_faults},
            "plan-run": {"POST": self._plan_run},
            "calls": {"GET": self._calls, "DELETE": self._clear_calls},
            "state": {"GET": self._dump, "PUT": self._load},
        }

    def answer(self, method: str, name: str, environ: Mapping[str, Any], body: bytes) -> Answer:
        """Do what is asked, or say why not."""
        if "HTTP_ORIGIN" in environ:
            return _message("403 Forbidden", "web pages can not steer the mock")
        verbs = self._verbs.get(name)
        if verbs is None:
            return _message("404 Not Found", f"there is no {PREFIX}{name:.100}; there are {', '.join(self._verbs)}")
        verb = verbs.get(method)
        if verb is None:
            return _message("405 Method Not Allowed", f"{PREFIX}{name} takes {' and '.join(verbs)}")
        media_type = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
        expected = ZIP if method == "PUT" else JSON
        if body and media_type != expected:
            return _message("415 Unsupported Media Type", f"the body is {expected}, not {media_type or 'of no type'}")
        try:
            if method == "GET":
                asked: Any = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
            else:
                asked = body if expected == ZIP else json.loads(body or b"{}")
            answered = verb(asked)
        except LookupError as missing:
            return _message("404 Not Found", str(missing.args[0] if missing.args else missing))
        except (ValueError, TypeError, RecursionError) as wrong:
            return _message("400 Bad Request", str(wrong))
        if isinstance(answered, bytes):
            return "200 OK", ZIP, answered
        return "200 OK", JSON, json.dumps({} if answered is None else answered).encode()

    # ---- the verbs ---------------------------------------------------------------------------------------------------

    def _health(self, _: object) -> dict[str, str]:
        return {"status": "ok", "version": version(), "now": self._omics.clock.now().isoformat()}

    def _reset(self, body: object) -> None:
        wire.checked(body, {})
        self._omics.reset()

    def _advance(self, body: object) -> dict[str, str]:
        members = wire.checked(body, {"id": wire.TEXT, "to": wire.TEXT, "seconds": wire.NUMBER})
        match members:
            case {"seconds": seconds} if len(members) == 1:
                self._omics.clock.advance(seconds)
            case {"id": id_or_arn, "to": state} if len(members) == 2:
                self._omics.advance(id_or_arn, to=state)
            case _:
                raise ValueError("the body has either seconds, for the clock, or id and to, for a resource")
        return {"now": self._omics.clock.now().isoformat()}

    def _finish_all(self, body: object) -> None:
        wire.checked(body, {})
        self._omics.finish_all()

    def _lifecycle(self, body: object) -> None:
        members = wire.checked(body, {"kind": wire.TEXT, "policy": wire.TEXT + wire.NUMBER}, "kind", "policy")
        self._omics.lifecycle(members["kind"], members["policy"])

    def _faults(self, _: object) -> dict[str, Any]:
        return {"faults": [wire.fault_to_json(fault) for fault in self._omics.faults]}

    def _add_fault(self, body: object) -> dict[str, Any]:
        return wire.fault_to_json(self._omics.faults.add(**wire.fault(body)))

    def _clear_faults(self, _: object) -> None:
        self._omics.faults.clear()

    def _plan_run(self, body: object) -> None:
        self._omics.plan_run(**wire.plan(body))

    def _calls(self, query: dict[str, str]) -> dict[str, Any]:
        wanted = wire.checked(query, {"operation": wire.TEXT}, what="the query").get("operation")
        calls = self._omics.calls if wanted is None else self._omics.calls.of(wanted)
        return {"calls": [wire.call_to_json(call) for call in calls]}

    def _clear_calls(self, _: object) -> None:
        self._omics.calls.clear()

    def _dump(self, _: object) -> bytes:
        with TemporaryDirectory(prefix="omics-mock-") as folder:
            self._omics.dump(folder)
            return archive.pack(Path(folder))

    def _load(self, body: bytes) -> None:
        with TemporaryDirectory(prefix="omics-mock-") as folder:
            archive.unpack(body, Path(folder))
            try:
                self._omics.load(folder)
            except ValueError as damaged:  # where it lies here is nobody's business
                raise ValueError(str(damaged).replace(str(Path(folder, "_"))[:-1], "")) from damaged


def _message(status: str, message: str) -> Answer:
    return status, JSON, json.dumps({"message": message}).encode()
