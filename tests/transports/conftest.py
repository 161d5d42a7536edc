"""Nothing in these tests may reach a network; a WDL archive to make workflows of."""

import io
import socket
import zipfile
from typing import NoReturn

import pytest


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **_: object) -> NoReturn:
        raise AssertionError(f"something reached the network: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def wdl() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.wdl", "version 1.0\nworkflow hello { input { String name } }\n")
    return archive.getvalue()
