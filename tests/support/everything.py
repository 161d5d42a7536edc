"""A little of everything there is: steps that a client takes, each with a number that chooses among what it may be about."""

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from botocore.loaders import Loader

from omics_mock import OmicsMock
from tests.backends.test_configurations import VPC
from tests.support.analytics import GENERIC
from tests.support.imagebuilder import ARN, DOCUMENT
from tests.support.sequences import data
from tests.support.storage import BUCKET, bucket, source, uri
from tests.support.workflows import ROLE, archive

FRIEND = "210987654321"
NOBODYS = {"arn": "arn:aws:omics:us-east-1:123456789012:run/1", "build": f"{ARN}/1.0.0/9"}

Step = Callable[["Client", int], None]
STEPS: dict[str, Step] = {}


def step(function: Step) -> Step:
    STEPS[function.__name__] = function
    return function


class Client:
    """Someone who uses the services, and remembers what was made: in exactly the same way each time."""

    def __init__(self, mock: OmicsMock) -> None:
        self.mock = mock
        self.omics: Any = self._with_tokens(mock.client(region="us-east-1"))
        self.friend: Any = self._with_tokens(mock.client(region="us-east-1", account=FRIEND))
        self.elsewhere: Any = self._with_tokens(mock.client(region="eu-west-1"))
        self.builder: Any = self._with_tokens(mock.client("imagebuilder", region="us-east-1"))
        self.made: Any = defaultdict(list)
        self.tokens = 0
        bucket("r1.fq", contents={"x.fa": data("ce.fa"), "x.gff": data("gff_file.gff")})
        # Folders that are there from the beginning: S3 is moto's, and goes on through all snapshots.
        bucket(name="results", contents=dict.fromkeys(("here/", "here/again/", "here/friend/"), b""))

    @property
    def memory(self) -> Any:
        """What it knows."""
        return copy.deepcopy((self.made, self.tokens))

    @memory.setter
    def memory(self, memory: Any) -> None:
        self.made, self.tokens = copy.deepcopy(memory)

    def take(self, name: str, number: int) -> None:
        """Take a step. What the service refuses, it refuses each time."""
        try:
            STEPS[name](self, number)
        except ClientError:
            return

    def one(self, kind: str, number: int) -> Any:
        """One of what was made of a kind; nobody's when there is none."""
        found = self.made[kind]
        return found[number % len(found)] if found else NOBODYS.get(kind, "1234567890")

    def _with_tokens(self, client: Any) -> Any:
        def fill(params: dict[str, Any], model: Any, **_: Any) -> None:
            for member in model.idempotent_members:
                self.tokens += 1
                params.setdefault(member, f"token-{self.tokens:08}")

        client.meta.events.register_first("provide-client-params.*.*", fill)
        return client


# ---- workflows and runs --------------------------------------------------------------------------------------------


@step
def make_workflow(client: Client, number: int) -> None:
    made = client.omics.create_workflow(
        definitionZip=archive() if number % 3 else b"no archive", name=f"flow {number}", tags={"a": "b"}
    )
    client.made["workflow"].append(made["id"])
    client.made["arn"].append(made["arn"])


@step
def make_version(client: Client, number: int) -> None:
    client.omics.create_workflow_version(
        workflowId=client.one("workflow", number), versionName=f"v{number}", definitionZip=archive(), readmeMarkdown="# $ref ü"
    )


@step
def look_at_workflows(client: Client, number: int) -> None:
    client.omics.list_workflows()
    client.omics.get_workflow(id=client.one("workflow", number))


@step
def delete_workflow(client: Client, number: int) -> None:
    workflow = client.one("workflow", number)
    client.omics.delete_workflow(id=workflow)
    client.made["workflow"].remove(workflow)


@step
def make_group(client: Client, number: int) -> None:
    client.made["group"].append(client.omics.create_run_group(maxRuns=1 + number % 2, maxDuration=1 + number % 100)["id"])


@step
def update_group(client: Client, number: int) -> None:
    client.omics.update_run_group(id=client.one("group", number), maxRuns=3)


@step
def make_cache(client: Client, number: int) -> None:
    behaviour = ("CACHE_ALWAYS", "CACHE_ON_FAILURE")[number % 2]
    client.made["cache"].append(client.omics.create_run_cache(cacheS3Location="s3://results/cache", cacheBehavior=behaviour)["id"])


@step
def make_configuration(client: Client, number: int) -> None:
    client.omics.create_configuration(name=f"net-{number % 3}", runConfigurations={"vpcConfig": VPC})


@step
def delete_configuration(client: Client, number: int) -> None:
    client.omics.delete_configuration(name=f"net-{number % 3}")


def _run(client: Client, number: int) -> dict[str, Any]:
    request: dict[str, Any] = {"workflowId": client.one("workflow", number), "roleArn": ROLE, "outputUri": "s3://results/here"}
    request |= {"parameters": {"$map": [f"s3://{BUCKET}/r1.fq", number, None, 1.5]}, "tags": {"number": str(number)}}
    if number & 1 and client.made["group"]:
        request |= {"runGroupId": client.one("group", number), "priority": number % 5}
    if number & 2 and client.made["cache"]:
        request["cacheId"] = client.one("cache", number)
    return request


@step
def start_run(client: Client, number: int) -> None:
    made = client.omics.start_run(**_run(client, number))
    client.made["run"].append(made["id"])
    client.made["arn"].append(made["arn"])


@step
def start_run_anew(client: Client, number: int) -> None:
    again = {"requestId": f"{number % 3}", "outputUri": "s3://results/here/again"}
    client.omics.start_run(runId=client.one("run", number), roleArn=ROLE, **again)


@step
def look_at_run(client: Client, number: int) -> None:
    client.omics.get_run(id=client.one("run", number))


@step
def look_at_runs(client: Client, number: int) -> None:
    client.omics.list_runs()


@step
def look_at_tasks(client: Client, number: int) -> None:
    client.omics.list_run_tasks(id=client.one("run", number))


@step
def cancel_run(client: Client, number: int) -> None:
    client.omics.cancel_run(id=client.one("run", number))


@step
def delete_run(client: Client, number: int) -> None:
    run = client.one("run", number)
    client.omics.delete_run(id=run)
    client.made["run"].remove(run)


@step
def start_batch(client: Client, number: int) -> None:
    default = _run(client, number)
    default["runTags"] = default.pop("tags")
    settings = [{"runSettingId": f"$row {row}", **({"outputUri": "s3://"} if row == 2 else {})} for row in range(4)]
    made = client.omics.start_run_batch(defaultRunSetting=default, batchRunSettings={"inlineSettings": settings})
    client.made["batch"].append(made["id"])


@step
def look_at_batch(client: Client, number: int) -> None:
    client.omics.get_batch(batchId=client.one("batch", number))


@step
def end_batch(client: Client, number: int) -> None:
    end = (client.omics.cancel_run_batch, client.omics.delete_run_batch, client.omics.delete_batch)[number % 3]
    end(batchId=client.one("batch", number))


# ---- storage -------------------------------------------------------------------------------------------------------


@step
def make_sequence_store(client: Client, number: int) -> None:
    made = client.omics.create_sequence_store(name=f"store {number}", tags={"a": "b"})
    client.made["store"].append(made["id"])
    client.made["arn"].append(made["arn"])


@step
def update_sequence_store(client: Client, number: int) -> None:
    store = client.one("store", number)
    client.omics.update_sequence_store(id=store, propagatedSetLevelTags=["number"][: number % 2])


@step
def change_policy(client: Client, number: int) -> None:
    access_point = client.omics.get_sequence_store(id=client.one("store", number))["s3Access"]["s3AccessPointArn"]
    client.omics.delete_s3_access_policy(s3AccessPointArn=access_point)


@step
def delete_sequence_store(client: Client, number: int) -> None:
    store = client.one("store", number)
    client.omics.delete_sequence_store(id=store)
    client.made["store"].remove(store)


@step
def import_read_set(client: Client, number: int) -> None:
    sources = [source("r1.fq", tags={"number": str(number)}), source("missing.fq")][: 1 + number % 2]
    store = client.one("store", number)
    client.made["import"].append(
        (store, client.omics.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=sources)["id"])
    )


@step
def look_at_read_set_jobs(client: Client, number: int) -> None:
    store = client.one("store", number)
    for jobs in "import", "activation", "export":
        getattr(client.omics, f"list_read_set_{jobs}_jobs")(sequenceStoreId=store)
    for found in client.omics.list_read_sets(sequenceStoreId=store)["readSets"]:
        if found["arn"] not in client.made["arn"]:
            client.made["read_set"].append((store, found["id"]))
            client.made["arn"].append(found["arn"])


def _read_set(client: Client, number: int) -> dict[str, str]:
    found = client.made["read_set"] or [("1234567890", "1234567890")]
    return dict(zip(("sequenceStoreId", "id"), found[number % len(found)], strict=True))


@step
def read(client: Client, number: int) -> None:
    client.omics.get_read_set(**_read_set(client, number), partNumber=1)["payload"].read()


@step
def archive_read_set(client: Client, number: int) -> None:
    try:
        client.mock.advance(_read_set(client, number)["id"], to="ARCHIVED")
    except (LookupError, ValueError):
        return


@step
def activate(client: Client, number: int) -> None:
    read_set = _read_set(client, number)
    client.omics.start_read_set_activation_job(sequenceStoreId=read_set["sequenceStoreId"], sources=[{"readSetId": read_set["id"]}])


@step
def export(client: Client, number: int) -> None:
    read_set = _read_set(client, number)
    client.omics.start_read_set_export_job(
        sequenceStoreId=read_set["sequenceStoreId"],
        destination="s3://results/exported/",
        roleArn=ROLE,
        sources=[{"readSetId": read_set["id"]}],
    )


@step
def delete_read_set(client: Client, number: int) -> None:
    read_set = _read_set(client, number)
    client.omics.batch_delete_read_set(sequenceStoreId=read_set["sequenceStoreId"], ids=[read_set["id"]])


@step
def begin_upload(client: Client, number: int) -> None:
    store = client.one("store", number)
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": f"up {number}"}
    made = client.omics.create_multipart_read_set_upload(sequenceStoreId=store, **described)
    client.made["upload"].append({"sequenceStoreId": store, "uploadId": made["uploadId"]})


@step
def upload_part(client: Client, number: int) -> None:
    if client.made["upload"]:
        upload = client.one("upload", number)
        content = data("r1.fq") if number % 2 else b"no fastq"
        client.omics.upload_read_set_part(**upload, partSource="SOURCE1", partNumber=1, payload=content)


@step
def end_upload(client: Client, number: int) -> None:
    if client.made["upload"]:
        upload = client.one("upload", number)
        parts = client.omics.list_read_set_upload_parts(**upload, partSource="SOURCE1")["parts"]
        listed = [{name: part[name] for name in ("partNumber", "partSource", "checksum")} for part in parts]
        client.omics.complete_multipart_read_set_upload(**upload, parts=listed)


@step
def import_reference(client: Client, number: int) -> None:
    stores = client.omics.list_reference_stores()["referenceStores"]
    store = stores[0]["id"] if stores else client.omics.create_reference_store(name="references")["id"]
    sources = [{"sourceFile": uri("x.fa"), "name": f"reference {number}"}]
    client.omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=sources)
    client.made["reference store"] = [store]


@step
def look_at_references(client: Client, number: int) -> None:
    store = client.one("reference store", 0)
    client.omics.list_reference_import_jobs(referenceStoreId=store)
    for found in client.omics.list_references(referenceStoreId=store)["references"]:
        if found["arn"] not in client.made["arn"]:
            client.made["arn"].append(found["arn"])


# ---- analytics, shares, tags ---------------------------------------------------------------------------------------


@step
def make_annotation_store(client: Client, number: int) -> None:
    made = client.omics.create_annotation_store(name=f"annotations_{number % 3}", storeFormat="TSV", storeOptions=GENERIC)
    client.made["annotations"].append(made["name"])


@step
def make_annotation_version(client: Client, number: int) -> None:
    client.omics.create_annotation_store_version(name=client.one("annotations", number), versionName=f"version_{number % 3}")


@step
def import_annotations(client: Client, number: int) -> None:
    client.omics.start_annotation_import_job(
        destinationName=client.one("annotations", number), roleArn=ROLE, items=[{"source": "s3://elsewhere/file"}]
    )


@step
def make_variant_store(client: Client, number: int) -> None:
    references = [arn for arn in client.made["arn"] if "/reference/" in arn]
    if references:
        made = client.omics.create_variant_store(name=f"variants_{number % 2}", reference={"referenceArn": references[0]})
        client.made["variants"].append(made["name"])


@step
def import_variants(client: Client, number: int) -> None:
    client.omics.start_variant_import_job(
        destinationName=client.one("variants", number),
        roleArn=ROLE,
        items=[{"source": uri("x.gff")}, {"source": "s3://else/where"}],
    )


@step
def look_at_analytics(client: Client, number: int) -> None:
    client.omics.list_annotation_stores()
    client.omics.list_variant_stores()
    client.omics.list_annotation_import_jobs()
    client.omics.list_variant_import_jobs()
    if client.made["annotations"]:
        client.omics.list_annotation_store_versions(name=client.one("annotations", number))


@step
def delete_annotations(client: Client, number: int) -> None:
    name = client.one("annotations", number)
    if number % 2:
        client.omics.delete_annotation_store(name=name, force=True)
    else:
        client.omics.delete_annotation_store_versions(name=name, versions=[f"version_{number % 3}"], force=True)


@step
def share(client: Client, number: int) -> None:
    arn = client.omics.get_workflow(id=client.one("workflow", number))["arn"]
    client.made["share"].append(client.omics.create_share(resourceArn=arn, principalSubscriber=FRIEND)["shareId"])


@step
def accept(client: Client, number: int) -> None:
    client.friend.accept_share(shareId=client.one("share", number))


@step
def look_at_shares(client: Client, number: int) -> None:
    client.omics.list_shares(resourceOwner="SELF")


@step
def use_shared(client: Client, number: int) -> None:
    request = {"roleArn": ROLE.replace("123456789012", FRIEND), "outputUri": "s3://results/here/friend"}
    client.friend.start_run(workflowId=client.one("workflow", number), workflowOwnerId="123456789012", **request)


@step
def end_share(client: Client, number: int) -> None:
    client.omics.delete_share(shareId=client.one("share", number))


@step
def tag(client: Client, number: int) -> None:
    client.omics.tag_resource(resourceArn=client.one("arn", number), tags={"number": str(number), "more": "$"})


@step
def untag(client: Client, number: int) -> None:
    client.omics.untag_resource(resourceArn=client.one("arn", number), tagKeys=["number"])


# ---- elsewhere, and everywhere -------------------------------------------------------------------------------------


@step
def use_another_region(client: Client, number: int) -> None:
    client.elsewhere.create_run_group(name=f"group {number}")


@step
def build_an_image(client: Client, number: int) -> None:
    made = client.builder.create_workflow(
        name="Flow", semanticVersion="1.0.0", type="BUILD", data=DOCUMENT, description=f"{number}", tags={"a": "b"}
    )
    client.made["build"].append(made["workflowBuildVersionArn"])


@step
def change_an_image(client: Client, number: int) -> None:
    arn = client.one("build", number)
    if number % 2:
        client.builder.tag_resource(resourceArn=arn, tags={"number": str(number)})
    else:
        client.builder.delete_workflow(workflowBuildVersionArn=arn)


@step
def wait(client: Client, number: int) -> None:
    client.mock.clock.advance((5, 60, 3_600, 40 * 86_400)[number % 4])


@step
def finish(client: Client, number: int) -> None:
    client.mock.finish_all()


_NEW = {
    "make_version": "CreateWorkflowVersion",
    "make_cache": "CreateRunCache",
    "make_configuration": "CreateConfiguration",
    "delete_configuration": "DeleteConfiguration",
    "start_batch": "StartRunBatch",
    "look_at_batch": "GetBatch",
    "end_batch": "DeleteBatch",
    "update_sequence_store": "UpdateSequenceStore",
    "change_policy": "DeleteS3AccessPolicy",
}
_NEW_MEMBERS = {"use_shared": ("StartRunRequest", "workflowOwnerId")}


def steps() -> list[str]:
    """The names of the steps that can be taken with the installed botocore."""
    model = Loader().load_service_model("omics", "service-2")
    missing = {name for name, operation in _NEW.items() if operation not in model["operations"]}
    missing |= {name for name, (shape, member) in _NEW_MEMBERS.items() if member not in model["shapes"][shape]["members"]}
    return [name for name in STEPS if name not in missing]
