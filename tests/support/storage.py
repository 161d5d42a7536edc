"""Stores, references and read sets, made the short way."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import boto3

from tests.support.sequences import data
from tests.support.workflows import ROLE

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient
    from mypy_boto3_s3 import S3Client

ACCOUNT = "123456789012"
BUCKET = "reads"
FILE_TYPES = {".bam": "BAM", ".cram": "CRAM"}


@cache
def _s3(region: str) -> "S3Client":
    return boto3.client("s3", region_name=region)


def bucket(*files: str, name: str = BUCKET, region: str = "us-east-1", contents: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """A bucket, made unless it is there, with files of tests/data and with contents of the test's own."""
    s3 = _s3(region)
    place: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=name, **place)
    for key, content in {**{file: data(file) for file in files}, **contents}.items():
        s3.put_object(Bucket=name, Key=key, Body=content)
    return name


def objects(name: str = BUCKET) -> dict[str, bytes]:
    """What a bucket holds, by key."""
    s3 = _s3("us-east-1")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: s3.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}


def uri(file: str) -> str:
    """Where ``bucket`` puts a file."""
    return f"s3://{BUCKET}/{file}"


def sequence_store(omics: "OmicsClient", **params: Any) -> str:
    """The id of a new sequence store."""
    return omics.create_sequence_store(**{"name": "store", **params})["id"]


def reference_store(omics: "OmicsClient") -> str:
    """The id of the one reference store, made unless it is there."""
    stores = omics.list_reference_stores()["referenceStores"]
    return stores[0]["id"] if stores else omics.create_reference_store(name="references")["id"]


def start_reference_import(omics: "OmicsClient", store: str, *sources: Any, **params: Any) -> str:
    """The id of a job that imports sources, each a file name (of ``bucket``) or the members of a source."""
    listed = [
        {"sourceFile": uri(source), "name": source} if isinstance(source, str) else {"sourceFile": uri("x.fa"), **source}
        for source in sources
    ]
    return omics.start_reference_import_job(**{"referenceStoreId": store, "roleArn": ROLE, "sources": listed, **params})["id"]


def reference(omics: "OmicsClient", file: str = "ce.fa", **source: Any) -> str:
    """The ARN of a reference imported from a file of tests/data, in the one reference store."""
    bucket(file)
    store = reference_store(omics)
    job = start_reference_import(omics, store, {"sourceFile": uri(file), "name": file, **source})
    omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=job)
    pages = omics.get_paginator("list_references").paginate(referenceStoreId=store)
    return [found["arn"] for page in pages for found in page["references"]][-1]


def source(*files: str, **members: Any) -> dict[str, Any]:
    """A source of a read set import, of files of ``bucket``; their type is read off the first one's name."""
    return {
        "sourceFiles": {f"source{number}": uri(file) for number, file in enumerate(files, 1)},
        "sourceFileType": FILE_TYPES.get(PurePosixPath(files[0]).suffix, "FASTQ"),
        "subjectId": "subject",
        "sampleId": "sample",
        "name": files[0],
        **members,
    }


def start_import(omics: "OmicsClient", store: str, *sources: dict[str, Any], **params: Any) -> str:
    """The id of a job that imports read sets."""
    return omics.start_read_set_import_job(**{"sequenceStoreId": store, "roleArn": ROLE, "sources": list(sources), **params})["id"]


def imported(omics: "OmicsClient", store: str, *files: str, **members: Any) -> str:
    """The id of an ACTIVE read set imported from files of tests/data (``r1.fq`` when none is named)."""
    files = files or ("r1.fq",)
    bucket(*files)
    job = start_import(omics, store, source(*files, **members))
    omics.get_waiter("read_set_import_job_completed").wait(sequenceStoreId=store, id=job)
    return read_sets(omics, store)[-1]


def read_sets(omics: "OmicsClient", store: str) -> list[str]:
    """The ids of a store's read sets, the newest last."""
    pages = omics.get_paginator("list_read_sets").paginate(sequenceStoreId=store)
    return [found["id"] for page in pages for found in page["readSets"]]


def uploaded(omics: "OmicsClient", store: str, content: bytes, **params: Any) -> str:
    """The id of a read set whose upload, of one FASTQ file unless told otherwise, was just completed."""
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up", **params}
    upload: Any = {"sequenceStoreId": store}
    upload["uploadId"] = omics.create_multipart_read_set_upload(**upload, **described)["uploadId"]
    part: Any = {"partSource": "SOURCE1", "partNumber": 1}
    part["checksum"] = omics.upload_read_set_part(**upload, **part, payload=content)["checksum"]
    return omics.complete_multipart_read_set_upload(**upload, parts=[part])["readSetId"]
