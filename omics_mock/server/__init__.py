"""HealthOmics, Image Builder and all that moto mocks over HTTP: for other processes and other languages."""

from omics_mock.server.addresses import environment, host_names
from omics_mock.server.client import OmicsControl
from omics_mock.server.running import OmicsServer

__all__ = ["OmicsControl", "OmicsServer", "environment", "host_names"]
