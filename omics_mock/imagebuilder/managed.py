"""The workflows that Amazon manages.

Source: EC2 Image Builder User Guide, "List workflow versions"; versions other than those of build-image and test-image,
and all document texts, are inferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

OWNER: Final = "Amazon"
ACCOUNT: Final = "aws"
_CREATED: Final = "2023-12-12T00:00:00.000Z"

_WORKFLOWS = (
    ("BUILD", "build-image", "1.0.3"),
    ("TEST", "test-image", "1.0.3"),
    ("BUILD", "build-container", "1.0.1"),
    ("TEST", "test-container", "1.0.1"),
    ("BUILD", "express-build-image", "1.0.0"),
    ("BUILD", "express-build-container", "1.0.0"),
    ("TEST", "express-test-image", "1.0.0"),
    ("DISTRIBUTION", "distribute-image", "1.0.0"),
    ("DISTRIBUTION", "distribute-container", "1.0.0"),
    ("BUILD", "build-image-with-update-ssm-agent", "1.0.0"),
)
_STEPS = {
    "BUILD": """\
steps:
  - name: LaunchBuildInstance
    action: LaunchInstance
    inputs:
      waitFor: ssmAgent
  - name: CreateOutputAMI
    action: CreateImage
    inputs:
      instanceId.$: $.stepOutputs.LaunchBuildInstance.instanceId
outputs:
  - name: ImageId
    value: $.stepOutputs.CreateOutputAMI.imageId
""",
    "TEST": """\
steps:
  - name: LaunchTestInstance
    action: LaunchInstance
    inputs:
      waitFor: ssmAgent
  - name: TerminateTestInstance
    action: TerminateInstance
    inputs:
      instanceId.$: $.stepOutputs.LaunchTestInstance.instanceId
""",
    "DISTRIBUTION": """\
steps:
  - name: DistributeOutputImage
    action: DistributeImage
""",
}


def workflows() -> Iterator[dict[str, str]]:
    """The members of each that are the same in every region."""
    for workflow_type, name, version in _WORKFLOWS:
        yield {
            "name": name,
            "version": version,
            "type": workflow_type,
            "owner": OWNER,
            "dateCreated": _CREATED,
            "data": f"name: {name}\nschemaVersion: 1.0\n{_STEPS[workflow_type]}",
        }
