"""AWS HealthOmics, and the workflows of EC2 Image Builder, mocked in process.

Importing this package loads neither botocore nor moto.
As soon as moto is loaded, plain ``moto.mock_aws`` serves ``omics`` and ``imagebuilder`` too.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from omics_mock.transports.import_hook import after_import

if TYPE_CHECKING:
    from omics_mock.broken_answers import CorruptedBody, MalformedJson, TruncatedBody
    from omics_mock.exceptions import (
        AccessDeniedException,
        ConflictException,
        InternalServerException,
        NotSupportedOperationException,
        OmicsError,
        RangeNotSatisfiableException,
        RequestTimeoutException,
        ResourceNotFoundException,
        ServiceQuotaExceededException,
        ThrottlingException,
        ValidationException,
    )
    from omics_mock.faults import ConnectionFailure, Latency, UnusedFault
    from omics_mock.mock import OmicsMock, mock_imagebuilder, mock_omics

__all__ = [
    "AccessDeniedException",
    "ConflictException",
    "ConnectionFailure",
    "CorruptedBody",
    "InternalServerException",
    "Latency",
    "MalformedJson",
    "NotSupportedOperationException",
    "OmicsError",
    "OmicsMock",
    "RangeNotSatisfiableException",
    "RequestTimeoutException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "TruncatedBody",
    "UnusedFault",
    "ValidationException",
    "mock_imagebuilder",
    "mock_omics",
]


_HOMES = {
    "mock": ("OmicsMock", "mock_imagebuilder", "mock_omics"),
    "faults": ("ConnectionFailure", "Latency", "UnusedFault"),
    "broken_answers": ("CorruptedBody", "MalformedJson", "TruncatedBody"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "exceptions")
    found: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _install() -> None:
    if "omics_mock.transports.moto" in sys.modules:  # it is what imports moto, to install itself
        return
    from omics_mock.transports.moto import install

    install()


after_import("moto", _install)
