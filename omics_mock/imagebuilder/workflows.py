"""Workflows, their versions and builds, and the tags of builds.

Source: EC2 Image Builder API Reference, CreateWorkflow, GetWorkflow, ListWorkflows, ListWorkflowBuildVersions, DeleteWorkflow,
TagResource, UntagResource, ListTagsForResource; User Guide, "Manage image workflows".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from omics_mock import settings
from omics_mock.clock import milliseconds
from omics_mock.imagebuilder import managed
from omics_mock.imagebuilder.dialect import wrong_combination
from omics_mock.imagebuilder.documents import declared_parameters
from omics_mock.imagebuilder.exceptions import (
    DryRunOperationException,
    ForbiddenException,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from omics_mock.imagebuilder.pages import page
from omics_mock.imagebuilder.versions import WorkflowArn, check_version, latest_version_references, nodes, normalised
from omics_mock.state import Family, ServiceState
from omics_mock.tables import Record, Table
from omics_mock.validation import rules
from omics_mock.wire.serializer import iso8601

if TYPE_CHECKING:
    from collections.abc import Iterator

Params = Mapping[str, Any]

_FILTERS = ("name", "version", "description", "type")
_CONFIGURATION = ("data", "description", "kmsKeyId")
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+")


class Build(Record):
    """One build of a version of a workflow; it never changes but for its tags."""

    number = 1

    @property
    def version_arn(self) -> str:
        return str(self["arn"]).rpartition("/")[0]

    @property
    def workflow(self) -> str:
        """What all versions of the workflow have in common."""
        return self.version_arn.rpartition("/")[0]

    @property
    def age(self) -> tuple[list[int], str, int]:
        """Its place among the builds of its workflow."""
        return nodes(self["version"]), self["version"], self.number


class Document(NamedTuple):
    """A document that has passed the checks."""

    data: str
    parameters: list[dict[str, Any]]


class ImageWorkflows(Family):
    """Workflows of one account and region, and those that Amazon manages there."""

    service = "imagebuilder"
    operations = (
        "CreateWorkflow",
        "GetWorkflow",
        "ListWorkflows",
        "ListWorkflowBuildVersions",
        "DeleteWorkflow",
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
    )

    def __init__(self, region: ServiceState) -> None:
        super().__init__(region)
        self.table: Table[Build] = Table("Image workflow")

    # Workflows

    def prepare_create_workflow(self, params: Params) -> Document:
        """Check what can be checked without knowing the other workflows, and read the document if it is in S3."""
        if error := wrong_combination(params):
            raise error
        check_version(params["semanticVersion"])
        strict = settings.options().strict
        if strict and "kmsKeyId" in params and not _KMS_KEY.fullmatch(params["kmsKeyId"]):
            raise InvalidParameterValueException.of("kmsKeyId", "'kmsKeyId' must be the ARN of a key or of an alias")
        data = params["data"] if "data" in params else self._read(params["uri"])
        return Document(data, declared_parameters(data, params["type"], strict))

    def create_workflow(self, params: Params, document: Document) -> dict[str, Any]:
        """Make the first build of a version, or the next one if it says something new."""
        if params.get("dryRun"):
            raise DryRunOperationException("Request would have succeeded, but DryRun flag is set.")
        workflow = self.region.arn(f"workflow/{params['type'].lower()}/{normalised(params['name'])}")
        version_arn = f"{workflow}/{params['semanticVersion']}"
        builds = [build for build in self.table.of(workflow) if build.version_arn == version_arn]
        latest = max(builds, key=lambda build: build.number, default=None)
        build = Build(
            {member: params.get(member) for member in ("name", "type", "description", "changeDescription", "kmsKeyId")},
            version=params["semanticVersion"],
            owner=self.region.account,
            data=document.data,
            parameters=document.parameters or None,
            dateCreated=iso8601(milliseconds(settings.clock.now())),
            tags=dict(params.get("tags", {})),
        )
        if latest is not None:
            if all(build[member] == latest[member] for member in _CONFIGURATION):
                raise ResourceAlreadyExistsException(f"The following resource 'Workflow' already exists: '{latest['arn']}'.")
            build.number = latest.number + 1
        build["arn"] = f"{version_arn}/{build.number}"
        self.table.add(build["arn"], build, group=workflow)
        return {
            "clientToken": params["clientToken"],
            "workflowBuildVersionArn": build["arn"],
            "latestVersionReferences": latest_version_references(build["arn"]),
        }

    def get_workflow(self, params: Params) -> dict[str, Any]:
        """The build of that ARN, or the latest of those it stands for."""
        wanted = params["workflowBuildVersionArn"]
        arn = WorkflowArn.parse(wanted, "workflowBuildVersionArn")
        meant = [build for build in self._builds(arn) if arn.build in ("", str(build.number))]
        if not meant:
            raise _not_found(wanted)
        build = max(meant, key=lambda build: build.age)
        return {"workflow": build, "latestVersionReferences": latest_version_references(build["arn"])}

    def list_workflows(self, params: Params) -> dict[str, Any]:
        """One entry for each version, or for each workflow, with what its latest build says."""
        matches = _filters(params)
        by_name = params.get("byName", False)
        if by_name and any(chosen["name"] == "version" for chosen in params.get("filters", ())):
            raise InvalidRequestException("byName can not be combined with a filter of versions")
        latest = _latest(self._owned(params.get("owner", "Self")), lambda build: build.version_arn)
        found = [build for build in latest if matches(build)]
        if by_name:
            found = _latest(found, lambda build: build.workflow)
        rows = [{**build, "arn": f"{build.workflow}/x.x.x" if by_name else build.version_arn} for build in found]
        items, token = page("workflows", params, (([row["name"], nodes(row["version"]), row["arn"]], row) for row in rows))
        return {"workflowVersionList": items, "nextToken": token}

    def list_workflow_build_versions(self, params: Params) -> dict[str, Any]:
        """The builds of a version, of the versions a wildcard stands for, or all there are; the newest first."""
        wanted = params.get("workflowVersionArn")
        builds = self.table if wanted is None else self._builds(WorkflowArn.parse(wanted, "workflowVersionArn"))
        rows = (([-build.sequence], {**build, "tags": build["tags"] or None}) for build in builds)
        items, token = page("builds", params, rows)
        return {"workflowSummaryList": items, "nextToken": token}

    def delete_workflow(self, params: Params) -> dict[str, Any]:
        """Forget one build."""
        arn = params["workflowBuildVersionArn"]
        if arn.split(":")[4] == managed.ACCOUNT:
            raise ForbiddenException(f"The workflow {arn} is managed by Amazon and can not be deleted")
        self._own(arn)
        self.table.remove(arn)
        return {"workflowBuildVersionArn": arn}

    # Tags

    def tag_resource(self, params: Params) -> None:
        """Add tags to a build or change their values."""
        build = self._own(params["resourceArn"])
        rules.check_tags(params["tags"], existing=build["tags"])
        build["tags"] = {**build["tags"], **params["tags"]}

    def untag_resource(self, params: Params) -> None:
        """Take tags away; keys the build does not have are ignored."""
        build = self._own(params["resourceArn"])
        build["tags"] = {key: value for key, value in build["tags"].items() if key not in params["tagKeys"]}

    def list_tags_for_resource(self, params: Params) -> dict[str, Any]:
        """The tags of a build."""
        return {"tags": self._own(params["resourceArn"])["tags"]}

    # Looking things up

    def _read(self, uri: str) -> str:
        found = self.region.neighbours.s3_object(*rules.parse_s3_uri(uri, "uri", needs_key=True))
        try:
            if found.body is not None:
                return found.body.decode()
        except UnicodeDecodeError:
            raise InvalidParameterValueException.of("uri", f"The document at {uri} is not UTF-8") from None
        raise InvalidParameterValueException.of("uri", f"The document at {uri} can not be read")

    def _own(self, arn: str) -> Build:
        build = self.table.find(arn)
        if build is None:
            raise _not_found(arn)
        return build

    def _owned(self, owner: str) -> Iterable[Build]:
        match owner:
            case "Self":
                return self.table
            case managed.OWNER:
                return self._managed
            case "AWSMarketplace":
                return ()
        raise InvalidRequestException(f"owner: workflows can not be listed by the owner {owner}")

    def _builds(self, arn: WorkflowArn) -> Iterator[Build]:
        """All builds of the versions that an ARN stands for."""
        builds = (*self.table.of(arn.workflow), *(build for build in self._managed if build.workflow == arn.workflow))
        return (build for build in builds if arn.covers(build["version"]))

    @cached_property
    def _managed(self) -> tuple[Build, ...]:
        prefix = f"arn:{self.region.partition}:{self.service}:{self.region.region}:{managed.ACCOUNT}:workflow"
        return tuple(
            Build(members, arn=f"{prefix}/{members['type'].lower()}/{members['name']}/{members['version']}/1", tags={})
            for members in managed.workflows()
        )


def _not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"The resource with ARN '{arn}' was not found.")


def _latest(builds: Iterable[Build], of: Callable[[Build], str]) -> list[Build]:
    """The latest build of each version, or of each workflow."""
    latest: dict[str, Build] = {}
    for build in sorted(builds, key=lambda build: build.age):
        latest[of(build)] = build
    return list(latest.values())


def _filters(params: Params) -> Callable[[Build], bool]:
    """All filters hold, each for one of its values."""
    filters = params.get("filters", ())
    for chosen in filters:
        if chosen.get("name") not in _FILTERS or "values" not in chosen:
            raise InvalidRequestException(f"filters: the names are {', '.join(_FILTERS)}, each with values")
    return lambda build: all(any(_fits(build, chosen["name"], value) for value in chosen["values"]) for chosen in filters)


def _fits(build: Build, member: str, value: str) -> bool:
    """Names may be given in part, the rest by an asterisk."""
    if member == "name":
        return _like(value, build["name"])
    return bool(build.get(member) == value)


def _like(pattern: str, name: str) -> bool:
    """Whether a name has the parts between the asterisks, one after the other."""
    first, *others = pattern.split("*")
    if not others:
        return name == first
    *middle, last = others
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:  # the first place where it is leaves most to the others
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
