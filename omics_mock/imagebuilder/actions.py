"""The actions that steps of a workflow document can have.

Source: EC2 Image Builder User Guide, "Supported step actions for your workflow document".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_HOUR, _DAY = 3_600, 86_400
_ALL = frozenset(("BUILD", "TEST", "DISTRIBUTION"))
_DISTRIBUTION = frozenset(("DISTRIBUTION",))


class Action(NamedTuple):
    """The workflow types an action may stand in, how long it may take at most, and what it must be given."""

    types: frozenset[str]
    longest: int
    inputs: tuple[str, ...] = ()


ACTIONS: Mapping[str, Action] = {
    "LaunchInstance": Action(_ALL, 12 * _HOUR, ("waitFor",)),
    "BootstrapInstanceForContainer": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "ExecuteComponents": Action(_ALL - _DISTRIBUTION, 24 * _HOUR, ("instanceId",)),
    "CollectImageMetadata": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "CollectImageScanFindings": Action(frozenset(("TEST",)), 12 * _HOUR, ("instanceId",)),
    "RunSysPrep": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "SanitizeInstance": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "CreateImage": Action(_ALL, 3 * _DAY, ("instanceId",)),
    "CreateImageFromIso": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "RegisterImage": Action(_ALL, 12 * _HOUR),
    "RunCommand": Action(_ALL, 12 * _HOUR, ("instanceId", "documentName")),
    "WaitForSSMAgent": Action(_ALL, 3 * _HOUR, ("instanceId",)),
    "WaitForAction": Action(_ALL, 7 * _DAY),
    "ExecuteStateMachine": Action(_ALL, 24 * _HOUR, ("stateMachineArn",)),
    "TerminateInstance": Action(_ALL, 12 * _HOUR, ("instanceId",)),
    "DistributeImage": Action(_DISTRIBUTION, 12 * _HOUR),
    "ModifyImageAttributes": Action(_DISTRIBUTION, 3 * _HOUR, ("distributedImages",)),
    "ApplyImageConfigurations": Action(_DISTRIBUTION, 12 * _HOUR, ("distributedImages",)),
    "DistributeContainerImage": Action(_DISTRIBUTION, 12 * _HOUR, ("instanceId",)),
}
OF_IMAGES = frozenset(("DistributeImage", "ModifyImageAttributes", "ApplyImageConfigurations"))
"""What can not stand beside the distribution of a container image."""
