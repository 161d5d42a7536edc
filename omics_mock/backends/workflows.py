"""Workflows and workflow versions.

Source: AWS HealthOmics API Reference, CreateWorkflow to DeleteWorkflowVersion; HealthOmics User Guide, "Private workflows".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, given
from omics_mock.backends.ready2run import catalogue
from omics_mock.definitions.analysis import Definition, analyse
from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.exceptions import ConflictException, ResourceNotFoundException, ValidationException
from omics_mock.neighbours import S3Object
from omics_mock.tables import Record, Table
from omics_mock.validation import message, rules, violations
from omics_mock.wire.model import load
from omics_mock.wire.parser import parser
from omics_mock.wire.readers import MalformedRequest

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

MAX_INLINE_ARCHIVE: Final = 4_613_734  # the 4.4 MB of the fixed quotas, as mebibytes
MAX_S3_ARCHIVE: Final = 100 << 20
MAX_README: Final = 500 << 10
MAX_TEMPLATE: Final = 400_000
MAX_TEMPLATE_ENTRIES: Final = 1_000
MAX_REGISTRY_MAPPINGS: Final = 20
MAX_IMAGE_MAPPINGS: Final = 100
DEFAULT_STORAGE_CAPACITY: Final = 1200

_SOURCES = ("definitionZip", "definitionUri", "definitionRepository")
_READMES = ("readmeMarkdown", "readmeUri", "readmePath")


class Workflow(Record):
    """A workflow or a version of one, with what its definition says."""

    definition: Definition | None = None
    archive: bytes | None = None
    readme: bytes | None = None
    analysed: dict[str, Any]
    versions: Table[Workflow]
    """Only of a workflow: a version has none."""


@dataclass(frozen=True)
class Sources:
    """What the caller's S3 URIs led to."""

    definition: S3Object | None
    readme: S3Object | None
    registry_map: S3Object | None


class Workflows(Backend):
    """Workflows and their versions."""

    operations = (
        "CreateWorkflow",
        "GetWorkflow",
        "ListWorkflows",
        "UpdateWorkflow",
        "DeleteWorkflow",
        "CreateWorkflowVersion",
        "GetWorkflowVersion",
        "ListWorkflowVersions",
        "UpdateWorkflowVersion",
        "DeleteWorkflowVersion",
    )
    taggable = ("workflow", "workflow/version")

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Workflow] = Table("Workflow")

    # Workflows

    def prepare_create_workflow(self, params: Params) -> Sources:
        """Read what the request points to in S3."""
        return Sources(
            self._look_up(params, "definitionUri"),
            self._look_up(params, "readmeUri"),
            self._look_up(params, "containerRegistryMapUri"),
        )

    def create_workflow(self, params: Params, sources: Sources) -> Record:
        """Register a definition under a new id; whether it is any good shows later in the status."""
        workflow = self._new(params, sources)
        self.check_quota("Maximum workflows", len(self.table) + 1)
        workflow.update(uuid=self.region.ids.uuid(), id=self.region.ids.number(7, taken=self.table))
        workflow["arn"] = self.region.arn(f"workflow/{workflow['id']}")
        workflow.versions = Table("Workflow version")
        self._begin("workflow", workflow)
        return self.table.add(workflow["id"], workflow)

    def get_workflow(self, params: Params) -> Record | dict[str, Any]:
        """Everything known about a workflow; definition and README only on export."""
        workflow = self.find(params["id"], params.get("type"), params.get("workflowOwnerId"))
        self.region.lifecycles.poll(workflow)
        return self._exported(workflow, params)

    def list_workflows(self, params: Params) -> dict[str, Any]:
        """The caller's own workflows; the service's only when their type is asked for."""
        table = self.ready2run if params.get("type") == "READY2RUN" else self.table
        items, token = table.page(params, lambda workflow: _matches(workflow, params, "name"))
        self.region.lifecycles.poll(*items)
        return {"items": items, "nextToken": token}

    def update_workflow(self, params: Params) -> None:
        """Change name, description, storage defaults or README; everything else needs a new version."""
        self._update(self.find(params["id"]), params, "name", "description")

    def delete_workflow(self, params: Params) -> None:
        """Forget a workflow that has no versions left. Runs already started go on."""
        workflow = self.find(params["id"])
        _check_deletable(workflow, f"Workflow {workflow['id']}")
        if len(workflow.versions):
            raise ConflictException(f"Workflow {workflow['id']} has versions: delete them first")
        if self.region.world.shares(self.region.region).of(workflow["arn"]):
            raise ConflictException(f"Workflow {workflow['id']} is shared: delete its shares first")
        self.table.remove(workflow["id"])
        self.region.lifecycles.end("workflow", workflow)

    # Versions

    def prepare_create_workflow_version(self, params: Params) -> Sources:
        """Read what the request points to in S3."""
        return self.prepare_create_workflow(params)

    def create_workflow_version(self, params: Params, sources: Sources) -> Record:
        """Register another definition beside the workflow's own; nothing is copied from the workflow."""
        workflow, name = self.find(params["workflowId"]), params["versionName"]
        versions = workflow.versions
        if name in versions:
            raise ConflictException(f"Workflow version {name} already exists in workflow {workflow['id']}")
        if workflow.status != "ACTIVE":
            raise ConflictException(f"Workflow {workflow['id']} is {workflow.status}, not ACTIVE")
        version = self._new(params, sources)
        self.check_quota("Maximum workflow versions per workflow", len(versions) + 1)
        version.update(given(params, "workflowId", "versionName", "workflowBucketOwnerId"), uuid=self.region.ids.uuid())
        version["arn"] = self.region.arn(f"workflow/{workflow['id']}/version/{name}")
        self._begin("workflow_version", version)
        return versions.add(name, version)

    def get_workflow_version(self, params: Params) -> Record | dict[str, Any]:
        """Everything known about a version."""
        version = self.find_version(params["workflowId"], params["versionName"], params.get("type"), params.get("workflowOwnerId"))
        self.region.lifecycles.poll(version)
        return self._exported(version, params)

    def list_workflow_versions(self, params: Params) -> dict[str, Any]:
        """The versions users made; the workflow itself, the default version, is not among them."""
        workflow = self.find(params["workflowId"], params.get("type"), params.get("workflowOwnerId"))
        items, token = workflow.versions.page(params)
        self.region.lifecycles.poll(*items)
        return {"items": items, "nextToken": token}

    def update_workflow_version(self, params: Params) -> None:
        """Change description, storage defaults or README of a version."""
        self._update(self.find_version(params["workflowId"], params["versionName"]), params, "description")

    def delete_workflow_version(self, params: Params) -> None:
        """Forget one version. Runs already started go on."""
        version = self.find_version(params["workflowId"], params["versionName"])
        _check_deletable(version, f"Workflow version {version['versionName']}")
        self.table.get(version["workflowId"]).versions.remove(version["versionName"])
        self.region.lifecycles.end("workflow_version", version)

    # For the other families

    def find(self, workflow_id: str, kind: str | None = None, owner: str | None = None) -> Workflow:
        """A workflow the caller may see: its own, unless another owner or the service's kind is named."""
        family: Workflows | None = self if owner in (None, self.region.account) else self._sharing(workflow_id, str(owner))
        table = None if family is None else family.ready2run if kind == "READY2RUN" else family.table
        workflow = None if table is None else table.find(workflow_id)
        if workflow is None:
            error = ResourceNotFoundException(f"Workflow {workflow_id} not found")
            if kind is None and any(entry["id"] == workflow_id for entry in catalogue()):
                error.add_note(
                    f"{workflow_id} is a Ready2Run workflow: to be asked for with the type (of a run, workflowType) READY2RUN"
                )
            raise error
        return workflow

    def _sharing(self, workflow_id: str, owner: str) -> Workflows | None:
        """The workflows of another account, if it shares this one with the caller's."""
        there = self.region.world.state_of(owner, self.region.region)
        if there is None:
            return None
        shares = self.region.world.shares(self.region.region)
        return there.workflows if shares.lets(self.region.account, there.arn(f"workflow/{workflow_id}")) else None

    def find_version(self, workflow_id: str, name: str, kind: str | None = None, owner: str | None = None) -> Workflow:
        """A version of a workflow the caller may see."""
        return self.find(workflow_id, kind, owner).versions.get(name)

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["workflow", workflow_id]:
                return self.table.find(workflow_id)
            case ["workflow", workflow_id, "version", name] if workflow_id in self.table:
                return self.table.get(workflow_id).versions.find(name)
        return None

    @cached_property
    def ready2run(self) -> Table[Workflow]:
        """The service's own workflows, the same in every region."""
        table: Table[Workflow] = Table("Ready2Run workflow")
        for entry in catalogue():
            arn = f"arn:{self.region.partition}:omics:{self.region.region}::workflow/{entry['id']}"
            table.add(entry["id"], Workflow(entry, arn=arn)).versions = Table("Workflow version")
        return table

    # What workflows and versions share

    def _look_up(self, params: Params, member: str) -> S3Object | None:
        location = rules.parse_s3_uri(params[member], member, needs_key=True) if member in params else None
        return self.region.neighbours.s3_object(*location) if location else None

    def _new(self, params: Params, sources: Sources) -> Workflow:
        _check_definition_members(params)
        _check_s3_definition(params, sources.definition, self.region.region)
        workflow = Workflow(
            given(params, "name", "description", "parameterTemplate", "accelerators", "containerRegistryMap", "readmePath"),
            type="PRIVATE",
            creationTime=settings.clock.now(),
            tags=dict(params.get("tags", {})),
        )
        _set_storage(workflow, params)
        if sources.registry_map is not None and (content := _content(sources.registry_map, "containerRegistryMapUri")):
            workflow["containerRegistryMap"] = _registry_map(content)
        _check_registry_map(workflow.get("containerRegistryMap", {}))
        if "definitionRepository" in params:
            workflow["definitionRepositoryDetails"] = params["definitionRepository"] | {"providerType": "GitHub"}
        workflow.readme = _readme(params, sources.readme)
        workflow.archive = params.get("definitionZip", sources.definition.body if sources.definition else None)
        self._analyse(workflow, params.get("engine"), params.get("main"))
        return workflow

    @staticmethod
    def _analyse(workflow: Workflow, engine: str | None, main: str | None) -> None:
        if workflow.archive is None:
            # Nobody can look into a bucket or repository that the test never made: the caller's word counts.
            workflow.analysed = {"status": "ACTIVE", "engine": engine or "WDL", **({"main": main} if main else {})}
            return
        try:
            found = analyse(workflow.archive, engine, main)
        except InvalidDefinition as invalid:
            workflow.analysed = {"status": "FAILED", "statusMessage": str(invalid)}
            return
        workflow.definition = found
        workflow.analysed = {
            "status": "ACTIVE",
            "engine": found.engine,
            "main": found.main,
            "digest": found.digest,
        }
        if found.declared.message is not None:
            workflow.analysed["statusMessage"] = found.declared.message
        if found.declared.parameters is not None and "parameterTemplate" not in workflow:
            workflow.analysed["parameterTemplate"] = found.declared.parameters

    def _begin(self, kind: str, workflow: Workflow) -> None:
        self.region.lifecycles.begin(kind, workflow, ("CREATING", workflow.analysed["status"]), analysis_done)

    def _exported(self, workflow: Workflow, params: Params) -> Record | dict[str, Any]:
        exports = set(params.get("export", ()))
        if exports and workflow["type"] == "READY2RUN":
            raise ValidationException("export: a Ready2Run workflow can not be exported")
        if exports and params.get("workflowOwnerId", self.region.account) != self.region.account:
            raise ValidationException("export: the definition of a workflow shared by another account can not be exported")
        links = {}
        if "DEFINITION" in exports and workflow.archive is not None:
            links["definition"] = self._published(workflow, "definition.zip", workflow.archive)
        if "README" in exports and workflow.readme is not None:
            links["readme"] = self._published(workflow, "README.md", workflow.readme)
        return {**workflow, **links} if links else workflow

    def _published(self, workflow: Workflow, name: str, content: bytes) -> str:
        key = f"{workflow['uuid']}/{name}"
        neighbours = self.region.neighbours
        self.region.outbox.append(lambda: neighbours.publish(key, content))
        return neighbours.presigned_url(key)

    @staticmethod
    def _update(workflow: Workflow, params: Params, *members: str) -> None:
        if workflow.status in ("CREATING", "UPDATING"):
            raise ConflictException(f"The workflow is {workflow.status}: wait until it is ACTIVE")
        if "readmeMarkdown" in params:
            workflow.readme = _readme(params, None)
            workflow.pop("readmePath", None)
        workflow.update(given(params, *members))
        if "storageType" in params or "storageCapacity" in params:
            _set_storage(workflow, {**workflow, **params})


def analysis_done(workflow: Record, status: str, at: datetime) -> None:
    """The workflow is what its definition says."""
    assert isinstance(workflow, Workflow)
    workflow.update(workflow.analysed)


def _matches(record: Record, params: Params, *members: str) -> bool:
    return all(params.get(member) in (None, record.get(member)) for member in members)


def _check_deletable(workflow: Workflow, name: str) -> None:
    if workflow.status not in ("ACTIVE", "FAILED"):
        raise ConflictException(f"{name} is {workflow.status}: it can be deleted when it is ACTIVE or FAILED")


def _check_definition_members(params: Params) -> None:
    rules.check_exactly_one(params, *_SOURCES)
    rules.check_at_most_one(params, *_READMES)
    rules.check_at_most_one(params, "parameterTemplate", "parameterTemplatePath")
    rules.check_at_most_one(params, "containerRegistryMap", "containerRegistryMapUri")
    rules.check_only_with(params, "definitionRepository", "parameterTemplatePath", "readmePath")
    rules.check_only_with(params, "definitionUri", "workflowBucketOwnerId")
    rules.check_size(params.get("definitionZip", b""), MAX_INLINE_ARCHIVE, "definitionZip", "4.4 MB")
    rules.check_tags(params.get("tags", {}))
    if template := params.get("parameterTemplate"):
        if len(template) > MAX_TEMPLATE_ENTRIES:
            raise ValidationException(f"parameterTemplate can have at most {MAX_TEMPLATE_ENTRIES} entries")
        rules.check_size(json.dumps(template, ensure_ascii=False), MAX_TEMPLATE, "parameterTemplate", "400 KB")


def _check_s3_definition(params: Params, found: S3Object | None, region: str) -> None:
    if found is None:
        return
    body = _content(found, "definitionUri")
    if found.bucket_exists and found.bucket_region != region:
        raise ValidationException(f"S3 bucket not located in {region} region")
    if found.bucket_exists and params.get("workflowBucketOwnerId") not in (None, found.bucket_owner):
        raise ValidationException(f"S3 access denied for {found.uri}")
    rules.check_size(body or b"", MAX_S3_ARCHIVE, "definitionUri", "100 MB")


def _content(found: S3Object, member: str) -> bytes | None:
    """What lies behind an S3 URI; None when the test never made the bucket and the mock is not strict about it."""
    if not found.exists and (found.bucket_exists or settings.options().strict):
        raise ValidationException(f"S3 object not found: {found.uri}")
    return found.body


def _readme(params: Params, found: S3Object | None) -> bytes | None:
    if "readmeMarkdown" in params:
        content: bytes | None = params["readmeMarkdown"].encode("utf-8", "surrogatepass")
        member = "readmeMarkdown"
    else:
        content, member = (None if found is None else _content(found, "readmeUri")), "readmeUri"
    rules.check_size(content or b"", MAX_README, member, "500 KiB")
    return content


def _registry_map(content: bytes) -> dict[str, Any]:
    """The map in a JSON file, held against the shape of the member that takes it inline."""
    operation = load("omics").operations["CreateWorkflow"]
    try:
        members = parser(operation)({}, "", {}, b'{"containerRegistryMap": %s}' % content)
    except MalformedRequest as malformed:
        raise ValidationException(f"containerRegistryMapUri does not hold a container registry map: {malformed}") from malformed
    if violated := [found for found in violations(operation)(members) if "'containerRegistryMap" in found]:
        raise ValidationException(message(violated))
    return dict(members.get("containerRegistryMap", {}))


def _check_registry_map(registry_map: Mapping[str, Any]) -> None:
    for member, limit in (("registryMappings", MAX_REGISTRY_MAPPINGS), ("imageMappings", MAX_IMAGE_MAPPINGS)):
        if len(registry_map.get(member, ())) > limit:
            raise ValidationException(f"containerRegistryMap.{member} can have at most {limit} mappings")


def _set_storage(workflow: Workflow, wanted: Mapping[str, Any]) -> None:
    workflow["storageType"] = wanted.get("storageType", settings.frame().rules["run_storage_type"])
    if workflow["storageType"] == "STATIC":
        workflow["storageCapacity"] = wanted.get("storageCapacity", DEFAULT_STORAGE_CAPACITY)
    else:
        workflow.pop("storageCapacity", None)
