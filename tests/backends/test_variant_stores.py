"""Variant stores and their imports: what they do not share with annotation stores."""

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock
from tests.support.analytics import active, create, ended, start
from tests.support.sequences import data
from tests.support.storage import bucket, uri
from tests.support.workflows import unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return active(omics, "variant")


def size(omics: "OmicsClient", store: str) -> int:
    return omics.get_variant_store(name=store)["storeSizeBytes"]


@pytest.mark.model
def test_a_store_needs_a_reference(omics: "OmicsClient") -> None:
    unchecked: Any = unchecked_client()
    for params in ({"name": "mine"}, {"name": "mine", "reference": {}}):
        with pytest.raises(unchecked.exceptions.ValidationException, match="'reference' failed to satisfy"):
            unchecked.create_variant_store(**params)
    for key in ("key", "arn:aws:kms:us-east-1:1:key/x"):
        with pytest.raises(unchecked.exceptions.ValidationException, match="keyArn"):
            create(unchecked, "variant", sseConfig={"type": "KMS", "keyArn": key})


def test_every_item_fares_for_itself_and_says_why_it_failed(omics: "OmicsClient", store: str) -> None:
    content = data("index.vcf")
    bucket("index.vcf", "gff_file.gff", contents={"packed.vcf.gz": gzip.compress(content), "cut.vcf": content[: len(content) // 2]})
    sources = ("index.vcf", "packed.vcf.gz", "gff_file.gff", "cut.vcf", "gone.vcf")
    done = ended(omics, "variant", start(omics, "variant", *sources))
    assert done["status"] == "COMPLETED_WITH_FAILURES"
    assert [item["source"] for item in done["items"]] == [uri(source) for source in sources]
    assert [item["jobStatus"] for item in done["items"]] == ["COMPLETED"] * 2 + ["FAILED"] * 3
    assert [item.get("statusMessage") for item in done["items"]] == [
        None,
        None,
        "the file is not in VCF format: it does not begin with ##fileformat=VCF",
        "the VCF file is cut off or damaged: record 295 has 8 of 10 columns",
        "The S3 object does not exist or is not accessible",
    ]
    assert done["statusMessage"].startswith(f"3 of 5 items could not be imported. {uri('gff_file.gff')}: the file is not in VCF")
    assert size(omics, store) == len(content) + len(gzip.compress(content))


def test_a_job_none_of_whose_items_can_be_read_fails(omics: "OmicsClient", store: str) -> None:
    bucket("gff_file.gff")
    done = ended(omics, "variant", start(omics, "variant", "gff_file.gff", "gone.vcf"))
    assert (done["status"], {item["jobStatus"] for item in done["items"]}) == ("FAILED", {"FAILED"})
    assert size(omics, store) == 0


def test_the_waiter_never_sees_the_end_of_a_job_that_did_only_some(omics: "OmicsClient", store: str) -> None:
    bucket("index.vcf")
    waiter = omics.get_waiter("variant_import_job_created")
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        waiter.wait(jobId=start(omics, "variant", "index.vcf", "gone.vcf"))
    waiter.wait(jobId=start(omics, "variant", "index.vcf"))


def test_a_job_has_at_most_a_thousand_files_unless_the_quota_is_raised(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    items = [{"source": f"s3://anywhere/{number}.vcf"} for number in range(1001)]
    start(omics, "variant", items=items[1:])
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum files per variant store import job"):
        start(omics, "variant", items=items)
    mocked.quotas["Maximum files per variant store import job"] = 1001
    start(omics, "variant", items=items)


def test_a_source_is_what_it_was_when_the_job_was_started(omics: "OmicsClient", store: str) -> None:
    bucket("index.vcf")
    job = start(omics, "variant", "index.vcf")
    bucket(contents={"index.vcf": b"something else"})
    assert ended(omics, "variant", job)["status"] == "COMPLETED"
