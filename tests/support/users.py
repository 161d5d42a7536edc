"""Users of all families, who work in threads at once and know what each of them made.

``OMICS_MOCK_THREAD_CALLS=1000`` lets each thread make that many calls, where it makes fifty otherwise.
"""

import os
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from omics_mock import OmicsMock
from tests.backends.test_configurations import VPC
from tests.support.analytics import GENERIC
from tests.support.everything import FRIEND
from tests.support.imagebuilder import DOCUMENT
from tests.support.sequences import data
from tests.support.storage import source
from tests.support.workflows import ROLE, archive, client

THREADS = 16
CALLS = int(os.environ.get("OMICS_MOCK_THREAD_CALLS", "50"))
ACCOUNT = "123456789012"
PLACES = ((ACCOUNT, "us-east-1"), (ACCOUNT, "eu-west-1"), (FRIEND, "us-east-1"), (FRIEND, "cn-north-1"))
READS = data("r1.fq")

Answer = dict[str, Any]


def at_once(work: Callable[[int], object], threads: int = THREADS) -> None:
    """Let threads work that begin together. What goes wrong in one of them goes wrong here."""
    ready = threading.Barrier(threads)

    def begin(number: int) -> None:
        ready.wait()
        work(number)

    with ThreadPoolExecutor(threads) as pool:
        for result in [pool.submit(begin, number) for number in range(threads)]:
            result.result()


class NotThere(AssertionError):
    """What was made just now is not as it was made."""


def same(found: object, made: object) -> None:
    if found != made:
        raise NotThere(f"{found} is not {made}")


def everything(omics: Any, operation: str, member: str, **params: Any) -> list[Answer]:
    if not omics.can_paginate(operation):
        found: list[Answer] = getattr(omics, operation)(**params)[member]
        return found
    return [item for page in omics.get_paginator(operation).paginate(**params) for item in page[member]]


class User:
    """Uses all families in an account and region, and knows what it made there that nobody else touches."""

    def __init__(self, mock: OmicsMock, number: int, stores: dict[tuple[str, str], Answer]) -> None:
        self.place = account, region = PLACES[number % len(PLACES)]
        self.number = number
        self.calls = 0
        self.chance = random.Random(number)
        self.omics: Any = mock.client(region=region, account=account)
        self.builder: Any = mock.client("imagebuilder", region=region, account=account)
        self.other: Any = mock.client(region=region, account=FRIEND if account == ACCOUNT else ACCOUNT)
        self.shared = stores[self.place]
        self.made: dict[str, dict[str, Any]] = defaultdict(dict)
        self.seen: Counter[str] = Counter()

        def count(**_: object) -> None:
            self.calls += 1

        for used in (self.omics, self.builder, self.other):
            used.meta.events.register("provide-client-params", count)

    def work(self) -> None:
        """Do one thing after the other until there were enough calls."""
        while self.calls < CALLS:
            self.use(self.chance.choice(FAMILIES))

    @property
    def role(self) -> str:
        """A role of the account."""
        return ROLE.replace(ACCOUNT, self.place[0])

    def use(self, family: Callable[["User"], None]) -> None:
        """Do what there is to do with a family."""
        self.seen[family.__name__] += 1
        family(self)

    @property
    def name(self) -> str:
        """The name of what is being made."""
        return f"{self.number}_{self.seen.total()}"


def declared(user: User, family: Callable[[User], None]) -> None:
    """Use a family while somebody else takes everything away: only the service's own errors come of it."""
    with suppress(ClientError, WaiterError, NotThere):
        user.use(family)


# ---- what each of them does: every family has its part -------------------------------------------------------------


def groups(user: User) -> None:
    name = user.name
    made = user.omics.create_run_group(name="new", tags={"by": str(user.number)})
    user.omics.update_run_group(id=made["id"], name=name, maxRuns=user.number + 1)
    user.omics.tag_resource(resourceArn=made["arn"], tags={"name": name})
    found = user.omics.get_run_group(id=made["id"])
    same((found.get("name"), found.get("maxRuns"), found["tags"]), (name, user.number + 1, {"by": str(user.number), "name": name}))
    user.made["group"][made["id"]] = name
    if user.chance.random() < 0.3:
        user.omics.delete_run_group(id=made["id"])
        del user.made["group"][made["id"]]


def caches(user: User) -> None:
    made = user.omics.create_run_cache(cacheS3Location="s3://results/cache", cacheBehavior="CACHE_ALWAYS", name=user.name)
    user.omics.update_run_cache(id=made["id"], cacheBehavior="CACHE_ON_FAILURE")
    user.made["cache"][made["id"]] = "CACHE_ON_FAILURE"


def configurations(user: User) -> None:
    name = f"net-{user.name}"
    user.omics.create_configuration(name=name, runConfigurations={"vpcConfig": VPC})
    same(user.omics.get_configuration(name=name)["name"], name)
    user.omics.delete_configuration(name=name)


def workflows(user: User) -> None:
    made = user.omics.create_workflow(definitionZip=archive(), name=user.name, tags={"by": str(user.number)})
    user.omics.get_waiter("workflow_active").wait(id=made["id"])
    user.omics.update_workflow(id=made["id"], name=f"new {user.name}")
    user.made["workflow"][made["id"]] = f"new {user.name}"


def runs(user: User) -> None:
    request = {"roleArn": user.role, "outputUri": "s3://results/here", "name": user.name}
    made = user.omics.start_run(workflowId=user.shared["workflow"], tags={"by": str(user.number)}, **request)
    user.made["run"][made["id"]] = user.name
    for _ in range(user.chance.randrange(4)):
        user.omics.get_run(id=made["id"])
        user.omics.list_run_tasks(id=made["id"])
    if user.chance.random() < 0.3:
        with suppress(user.omics.exceptions.ConflictException):  # it is done already
            user.omics.cancel_run(id=made["id"])


def batches(user: User) -> None:
    default = {"roleArn": user.role, "outputUri": "s3://results/batch", "workflowId": user.shared["workflow"]}
    settings = [{"runSettingId": f"row {row}"} for row in range(3)]
    made = user.omics.start_run_batch(defaultRunSetting=default, batchRunSettings={"inlineSettings": settings})
    user.omics.get_batch(batchId=made["id"])
    user.made["batch"][made["id"]] = 3


def sequence_stores(user: User) -> None:
    made = user.omics.create_sequence_store(name=user.name, description="old", tags={"by": str(user.number)})
    user.made["sequence store"][made["id"]] = "old"
    if hasattr(user.omics, "update_sequence_store"):
        user.omics.update_sequence_store(id=made["id"], description=user.name)
        user.made["sequence store"][made["id"]] = user.name


def uploads(user: User) -> None:
    store = user.shared["sequence store"]
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": user.name}
    upload = {"sequenceStoreId": store}
    upload["uploadId"] = user.omics.create_multipart_read_set_upload(**upload, **described)["uploadId"]
    part = {"partSource": "SOURCE1", "partNumber": 1}
    part["checksum"] = user.omics.upload_read_set_part(**upload, **part, payload=READS)["checksum"]
    if user.chance.random() < 0.2:
        user.omics.abort_multipart_read_set_upload(**upload)
        return
    read_set = user.omics.complete_multipart_read_set_upload(**upload, parts=[part])["readSetId"]
    user.omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    user.omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    same(user.omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read(), READS)
    user.made["read set"][read_set] = user.name


def imports(user: User) -> None:
    store = user.shared["sequence store"]
    job = user.omics.start_read_set_import_job(
        sequenceStoreId=store,
        roleArn=user.role,
        sources=[{**source("r1.fq", name=user.name), "sourceFiles": {"source1": "s3://somebody/r1.fq"}}],
    )
    user.omics.get_waiter("read_set_import_job_completed").wait(sequenceStoreId=store, id=job["id"])
    found = everything(user.omics, "list_read_sets", "readSets", sequenceStoreId=store, filter={"name": user.name})
    same(len(found), 1)
    user.made["read set"][found[0]["id"]] = user.name


def references(user: User) -> None:
    store = user.shared["reference store"]
    sources = [{"sourceFile": "s3://somebody/x.fa", "name": f"reference {user.name}"}]
    role = user.role
    job = user.omics.start_reference_import_job(referenceStoreId=store, roleArn=role, sources=sources)
    user.omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=job["id"])
    listed = everything(user.omics, "list_references", "references", referenceStoreId=store)
    found = [reference["id"] for reference in listed if reference["name"] == sources[0]["name"]]
    same(len(found), 1)
    same(user.omics.get_reference_metadata(referenceStoreId=store, id=found[0])["name"], sources[0]["name"])
    user.made["reference"][found[0]] = sources[0]["name"]


def analytics(user: User) -> None:
    name = f"annotations_{user.name}"
    user.omics.create_annotation_store(name=name, storeFormat="TSV", storeOptions=GENERIC)
    user.omics.get_waiter("annotation_store_created").wait(name=name)
    user.omics.create_annotation_store_version(name=name, versionName="second_one")
    user.made["annotation store"][name] = name
    variants = f"variants_{user.name}"
    user.omics.create_variant_store(name=variants, reference={"referenceArn": user.shared["reference"]})
    user.made["variant store"][variants] = variants


def shares(user: User) -> None:
    made = user.omics.create_workflow(definitionZip=archive(), name=user.name)
    user.made["workflow"][made["id"]] = user.name
    user.omics.get_waiter("workflow_active").wait(id=made["id"])
    other = FRIEND if user.place[0] == ACCOUNT else ACCOUNT
    shared = user.omics.create_share(resourceArn=made["arn"], principalSubscriber=other)["shareId"]
    user.other.accept_share(shareId=shared)
    while user.other.get_share(shareId=shared)["share"]["status"] != "ACTIVE":
        pass
    user.made["share"][shared] = made["arn"]


def tags(user: User) -> None:
    """All threads tag one resource: each has a key of its own, which nobody else's call takes away."""
    key = f"thread {user.number}"
    user.omics.tag_resource(resourceArn=user.shared["tagged"], tags={key: user.name})
    if user.chance.random() < 0.3:
        user.omics.untag_resource(resourceArn=user.shared["tagged"], tagKeys=[key])
        user.made["tag"].pop(key, None)
    else:
        user.made["tag"][key] = user.name


def images(user: User) -> None:
    name = f"image-{user.number}-{len(user.made['image'])}"
    made = user.builder.create_workflow(name=name, semanticVersion="1.0.0", type="BUILD", data=DOCUMENT)["workflowBuildVersionArn"]
    user.builder.tag_resource(resourceArn=made, tags={"by": str(user.number)})
    user.made["image"][made] = {"by": str(user.number)}


def lists(user: User) -> None:
    for operation in ("runs", "run_groups", "workflows", "sequence_stores", "annotation_stores"):
        found = getattr(user.omics, f"list_{operation}")(maxResults=100)
        same(found["ResponseMetadata"]["HTTPStatusCode"], 200)
    user.omics.list_shares(resourceOwner="OTHER")


_NEW = {caches: "create_run_cache", configurations: "create_configuration", batches: "start_run_batch"}
FAMILIES = [
    family
    for family in (
        groups,
        caches,
        configurations,
        workflows,
        runs,
        batches,
        sequence_stores,
        uploads,
        imports,
        references,
        analytics,
        shares,
        tags,
        images,
        lists,
    )
    if hasattr(client(), _NEW.get(family, "list_runs"))
]


# ---- what is there in the end --------------------------------------------------------------------------------------

LISTS = {
    "group": ("list_run_groups", "items", "id", "name"),
    "cache": ("list_run_caches", "items", "id", "cacheBehavior"),
    "workflow": ("list_workflows", "items", "id", "name"),
    "run": ("list_runs", "items", "id", "name"),
    "sequence store": ("list_sequence_stores", "sequenceStores", "id", "description"),
    "annotation store": ("list_annotation_stores", "annotationStores", "name", "name"),
    "variant store": ("list_variant_stores", "variantStores", "name", "name"),
}
if caches not in FAMILIES:  # older botocores have none
    del LISTS["cache"]


def prepared(mock: OmicsMock) -> dict[tuple[str, str], Answer]:
    """What the users of an account and region have in common."""
    stores = {}
    for account, region in PLACES:
        omics: Any = mock.client(region=region, account=account)
        role = ROLE.replace(ACCOUNT, account)
        workflow = omics.create_workflow(definitionZip=archive(), name="shared")
        omics.get_waiter("workflow_active").wait(id=workflow["id"])
        references = omics.create_reference_store(name="shared")["id"]
        sources = [{"sourceFile": "s3://somebody/x.fa", "name": "shared"}]
        job = omics.start_reference_import_job(referenceStoreId=references, roleArn=role, sources=sources)
        omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=references, id=job["id"])
        stores[account, region] = {
            "workflow": workflow["id"],
            "sequence store": omics.create_sequence_store(name="shared", description="shared")["id"],
            "reference store": references,
            "reference": omics.list_references(referenceStoreId=references)["references"][0]["arn"],
            "tagged": workflow["arn"],
        }
    return stores


def check(mock: OmicsMock, users: list[User], stores: dict[tuple[str, str], Answer]) -> None:
    """What was made and not deleted is there, as it was made last, and nothing else."""
    for place, shared in stores.items():
        omics: Any = mock.client(region=place[1], account=place[0])
        here = [user for user in users if user.place == place]

        def made(kind: str, here: list[User] = here) -> dict[str, Any]:
            kept = [item for user in here for item in user.made[kind].items()]
            assert len(dict(kept)) == len(kept), f"two {kind}s have the same id"
            return dict(kept)

        for kind, (operation, member, key, value) in LISTS.items():
            found = {item[key]: item.get(value) for item in everything(omics, operation, member) if item.get("name") != "shared"}
            if kind == "run":  # those of batches have no name
                found = {run: name for run, name in found.items() if name is not None}
            assert found == made(kind), f"{kind}s of {place}"
        in_store = {"sequenceStoreId": shared["sequence store"]}
        found = {item["id"]: item["name"] for item in everything(omics, "list_read_sets", "readSets", **in_store)}
        assert found == made("read set")
        assert everything(omics, "list_multipart_read_set_uploads", "uploads", **in_store) == []
        listed = everything(omics, "list_references", "references", referenceStoreId=shared["reference store"])
        assert {item["id"]: item["name"] for item in listed if item["name"] != "shared"} == made("reference")
        assert omics.list_tags_for_resource(resourceArn=shared["tagged"])["tags"] == made("tag")
        listed = everything(omics, "list_shares", "shares", resourceOwner="SELF")
        offered = {item["shareId"]: item["resourceArn"] for item in listed}
        assert offered == made("share")
        builder: Any = mock.client("imagebuilder", region=place[1], account=place[0])
        for image, image_tags in made("image").items():
            assert builder.list_tags_for_resource(resourceArn=image)["tags"] == image_tags
        for batch, rows in made("batch").items():
            summary = omics.get_batch(batchId=batch)
            assert summary["totalRuns"] == rows
