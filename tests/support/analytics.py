"""Variant and annotation stores and their imports, made the short way."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.support.storage import reference_store, start_reference_import, uri
from tests.support.workflows import ROLE

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

WORDS = ("variant", "annotation")
SCHEMA = [{"gene": "STRING"}, {"start": "LONG"}, {"score": "DOUBLE"}, {"known": "BOOLEAN"}]
GENERIC: Any = {"tsvStoreOptions": {"annotationType": "GENERIC", "schema": SCHEMA}}
FILES = {"VCF": "index.vcf", "GFF": "gff_file.gff"}


def any_reference(omics: "OmicsClient") -> Any:
    """What a store is made with: a reference of the account, imported unless there is one."""
    store = reference_store(omics)
    if not omics.list_references(referenceStoreId=store)["references"]:
        job = start_reference_import(omics, store, {"sourceFile": "s3://anywhere/x.fa", "name": "any"})
        omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=job)
    return {"referenceArn": omics.list_references(referenceStoreId=store)["references"][0]["arn"]}


def create(omics: "OmicsClient", word: str, **params: Any) -> Any:
    """The answer to the creation of a store; an annotation store is of GFF files unless told otherwise."""
    own: Any = {"storeFormat": "GFF"} if word == "annotation" else {}
    if "reference" not in params and params.get("storeOptions") != GENERIC:
        own["reference"] = any_reference(omics)
    return getattr(omics, f"create_{word}_store")(**{"name": "mine", **own, **params})


def active(omics: "OmicsClient", word: str, **params: Any) -> str:
    """The name of a new store that is ACTIVE."""
    name: str = create(omics, word, **params)["name"]
    waiter: Any = f"{word}_store_created"
    omics.get_waiter(waiter).wait(name=name)
    return name


def generic(omics: "OmicsClient", **params: Any) -> str:
    """The name of an ACTIVE annotation store that needs no reference: of TSV files with the columns of ``SCHEMA``."""
    return active(omics, "annotation", **{"storeFormat": "TSV", "storeOptions": GENERIC, **params})


def version(omics: "OmicsClient", store: str, name: str, **params: Any) -> str:
    """The name of a new version that is ACTIVE."""
    omics.create_annotation_store_version(name=store, versionName=name, **params)
    omics.get_waiter("annotation_store_version_created").wait(name=store, versionName=name)
    return name


def call(omics: "OmicsClient", word: str, verb: str, *rest: str, **params: Any) -> Any:
    """Of a store, or of what else is named: ``call(omics, "variant", "get", "import_job", jobId=...)``."""
    return getattr(omics, "_".join((verb, word, *(rest or ("store",)))))(**params)


def stores(omics: "OmicsClient", word: str, **params: Any) -> Any:
    return getattr(omics, f"list_{word}_stores")(**params)[f"{word}Stores"]


def jobs(omics: "OmicsClient", word: str, **params: Any) -> Any:
    return getattr(omics, f"list_{word}_import_jobs")(**params)[f"{word}ImportJobs"]


def start(omics: "OmicsClient", word: str, *sources: str, store: str = "mine", **params: Any) -> str:
    """The id of a job that imports files (of ``bucket``), one of a bucket that nobody made when none is named."""
    items = [{"source": uri(source)} for source in sources] or [{"source": "s3://elsewhere/file"}]
    started = getattr(omics, f"start_{word}_import_job")
    job: str = started(**{"destinationName": store, "roleArn": ROLE, "items": items, **params})["jobId"]
    return job


def job(omics: "OmicsClient", word: str, job_id: str) -> Any:
    return getattr(omics, f"get_{word}_import_job")(jobId=job_id)


def seen(omics: "OmicsClient", word: str, job_id: str) -> Iterator[Any]:
    """A job as it shows poll by poll, until it is done."""
    while True:
        found = job(omics, word, job_id)
        yield found
        if found["status"] not in ("SUBMITTED", "IN_PROGRESS"):
            return


def ended(omics: "OmicsClient", word: str, job_id: str) -> Any:
    """A job that is done."""
    *_, last = seen(omics, word, job_id)
    return last


def answer(response: Any) -> Any:
    """The members of an answer of status 200."""
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return response


def get(omics: "OmicsClient", word: str, name: str = "mine") -> Any:
    return answer(call(omics, word, "get", name=name))


def delete(omics: "OmicsClient", word: str, name: str = "mine", **params: Any) -> Any:
    return answer(call(omics, word, "delete", name=name, **params))
