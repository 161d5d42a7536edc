"""Definitions are analysed with disk and network out of reach."""

import builtins
import io
import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from omics_mock.definitions.analysis import Definition, analyse
from tests.support.definitions import CWL_TOOL
from tests.support.workflows import WDL, archive

Look = Callable[..., Definition]


@pytest.fixture(scope="session")
def warm() -> None:
    """The parsers read their own code and grammars once."""
    for version in ("1.0", "1.1", "1.2", "draft-2"):
        text = WDL.replace("version 1.0", "" if version == "draft-2" else f"version {version}")
        analyse(archive({"main.wdl": text}))
    for version in ("v1.0", "v1.1", "v1.2"):
        analyse(archive({"main.cwl": CWL_TOOL.replace("v1.2", version)}))
    analyse(archive({"main.nf": ""}))


@pytest.fixture
def look(warm: None) -> Look:
    """Analyse a definition given as its files."""

    def looked(files: Mapping[str, str | bytes], engine: str | None = None, main: str | None = None) -> Definition:
        content = archive(files)
        with pytest.MonkeyPatch.context() as patch:
            for module, name in ((builtins, "open"), (io, "open"), (socket, "socket"), (socket, "getaddrinfo")):
                patch.setattr(module, name, refused)
            return analyse(content, engine, main)

    return looked


def refused(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError(f"an analysis touches neither disk nor network: {args}")
