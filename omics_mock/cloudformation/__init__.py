"""The resources of HealthOmics and Image Builder in moto's CloudFormation and Resource Groups Tagging API.

moto's CloudFormation needs more packages than moto alone, so nothing is loaded before somebody else has loaded it.
"""

from __future__ import annotations

from omics_mock.transports.import_hook import after_import


def install() -> None:
    """Join moto's CloudFormation and tagging API as soon as they are loaded."""
    after_import("moto.cloudformation.models", _join_cloudformation)
    after_import("moto.resourcegroupstaggingapi.models", _join_tagging)


def _join_cloudformation() -> None:
    from omics_mock.cloudformation import resources, stacks

    resources.register()
    stacks.follow()


def _join_tagging() -> None:
    from omics_mock.cloudformation import tagging

    tagging.extend()
