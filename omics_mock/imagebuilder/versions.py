"""Names, semantic versions and ARNs of workflows.

Source: EC2 Image Builder User Guide, "Semantic versioning"; API Reference, CreateWorkflow, GetWorkflow.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from omics_mock.imagebuilder.exceptions import InvalidParameterValueException, InvalidVersionNumberException, value_of

MAX_NODE: Final = 2**30 - 1


def normalised(name: str) -> str:
    """The name as it stands in ARNs: spellings that differ in case, spaces and underscores name the same workflow."""
    return name.lower().replace(" ", "-").replace("_", "-")


def nodes(version: str) -> list[int]:
    """Major, minor and patch as numbers, to be put in order."""
    return [int(node) for node in version.split(".")]


def check_version(version: str) -> None:
    """No node is above the limit; the digits themselves are the model's affair."""
    if any(len(node) > len(str(MAX_NODE)) or int(node) > MAX_NODE for node in version.split(".")):
        detail = f"Each node of semanticVersion must be less than or equal to {MAX_NODE}"
        raise InvalidVersionNumberException(value_of("semanticVersion", detail))


class WorkflowArn(NamedTuple):
    """The ARN of one build of a workflow, of a version, or of the versions that a wildcard stands for."""

    workflow: str
    version: str
    build: str

    @classmethod
    def parse(cls, arn: str, parameter: str) -> WorkflowArn:
        """Take an ARN apart. Its form is the model's affair, but for wildcards: right of one there are only wildcards."""
        head, kind, name, version, *build = arn.split("/")
        if "x" in version and version.rstrip(".x").count("x"):
            detail = f"'{parameter}' can have the wildcard x only where all nodes to its right are x, not {version}"
            raise InvalidParameterValueException.of(parameter, detail)
        return cls(f"{head}/{kind}/{name}", version, "".join(build))

    def covers(self, version: str) -> bool:
        """Whether the version is meant."""
        return all(wanted in ("x", node) for wanted, node in zip(self.version.split("."), version.split("."), strict=True))


def latest_version_references(arn: str) -> dict[str, str]:
    """The ARNs that stand for the latest build of ever more of a build's version."""
    workflow, version, _ = WorkflowArn.parse(arn, "arn")
    major, minor, _ = version.split(".")
    return {
        "latestVersionArn": f"{workflow}/x.x.x",
        "latestMajorVersionArn": f"{workflow}/{major}.x.x",
        "latestMinorVersionArn": f"{workflow}/{major}.{minor}.x",
        "latestPatchVersionArn": f"{workflow}/{version}",
    }
