"""Where tasks have their images from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.neighbours import Image
from omics_mock.runs_simulator.images import Resolved, image_details, image_digest, image_failure, resolve

pytestmark = pytest.mark.inferred

HUB = {"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "docker-hub"}
QUAY = {"upstreamRegistryUrl": "https://quay.io/", "ecrRepositoryPrefix": "quay", "ecrAccountId": "210987654321"}
BIO = QUAY | {"upstreamRepositoryPrefix": "biocontainers", "ecrRepositoryPrefix": "bio"}
HERE = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "mapped"),
    [
        ("ubuntu", f"{HERE}/docker-hub/library/ubuntu"),
        ("ubuntu:22.04", f"{HERE}/docker-hub/library/ubuntu:22.04"),
        ("docker.io/library/ubuntu:22.04", f"{HERE}/docker-hub/library/ubuntu:22.04"),
        ("index.docker.io/broadinstitute/gatk:4", f"{HERE}/docker-hub/broadinstitute/gatk:4"),
        (f"ubuntu@{DIGEST}", f"{HERE}/docker-hub/library/ubuntu@{DIGEST}"),
        ("quay.io/other/tool:1", f"{HERE.replace('123456789012', '210987654321')}/quay/other/tool:1"),
        ("quay.io/biocontainers/bwa:0.7", f"{HERE.replace('123456789012', '210987654321')}/bio/bwa:0.7"),
    ],
)
def test_a_registry_is_redirected_to_repositories_with_a_prefix(image: str, mapped: str) -> None:
    found = resolve(image, {"registryMappings": [HUB, QUAY, BIO]}, "123456789012", "us-east-1")
    assert found == Resolved(mapped, image)


@pytest.mark.parametrize("image", [f"{HERE}/bwa:1", "public.ecr.aws/ubuntu:1", "localhost:5000/ubuntu", "quay.io/other/x"])
def test_what_no_mapping_is_of_stays_as_it_is(image: str) -> None:
    assert resolve(image, {"registryMappings": [HUB, BIO]}, "123456789012", "us-east-1") == Resolved(image)
    assert resolve(image, None, "123456789012", "us-east-1") == Resolved(image)


def test_a_mapping_without_prefix_keeps_the_repository() -> None:
    root = HUB | {"ecrRepositoryPrefix": "ROOT"}
    found = resolve("broadinstitute/gatk", {"registryMappings": [root]}, "123456789012", "us-east-1")
    assert found.image == f"{HERE}/broadinstitute/gatk"


@pytest.mark.parametrize("source", ["ubuntu", "ubuntu:latest", "docker.io/library/ubuntu"])
def test_the_mapping_of_one_image_comes_first(source: str) -> None:
    mappings = {"registryMappings": [HUB], "imageMappings": [{"sourceImage": source, "destinationImage": f"{HERE}/mine:1"}]}
    assert resolve("ubuntu", mappings, "123456789012", "us-east-1") == Resolved(f"{HERE}/mine:1", "ubuntu")
    assert resolve("ubuntu:22.04", mappings, "123456789012", "us-east-1").image == f"{HERE}/docker-hub/library/ubuntu:22.04"


def test_details_name_the_source_only_when_it_is_another() -> None:
    assert image_details(Resolved("a", "b"), Image(DIGEST, True)) == {"image": "a", "imageDigest": DIGEST, "sourceImage": "b"}
    assert set(image_details(Resolved("a"), None)) == {"image", "imageDigest"}


@given(st.text(min_size=1))
def test_a_digest_is_always_known_and_the_same(image: str) -> None:
    assert image_digest(image, None) == image_digest(image, Image(None, True))
    assert image_digest(image, None).startswith("sha256:")
    assert image_digest(f"bwa@{DIGEST}", None) == DIGEST


@pytest.mark.parametrize(
    ("image", "found", "code"),
    [
        ("ubuntu:22.04", None, "INVALID_ECR_IMAGE_URI"),
        ("public.ecr.aws/x/y:1", None, "INVALID_ECR_IMAGE_URI"),
        (f"{HERE}/", None, "INVALID_ECR_IMAGE_URI"),
        (f"{HERE}/BWA:1", None, "INVALID_ECR_IMAGE_URI"),
        (f"{HERE}/bwa:1", None, "ECR_PERMISSION_ERROR"),
        (f"{HERE}/bwa:1", Image(DIGEST, False), "ECR_PERMISSION_ERROR"),
        (f"{HERE}/bwa:1", Image(None, True), "IMAGE_VERIFICATION_FAILURE"),
        (f"{HERE}/my/bwa_x@{DIGEST}", Image(DIGEST, True), None),
    ],
    ids=range(8),
)
def test_a_strict_run_needs_an_image_that_it_may_pull(image: str, found: Image | None, code: str | None) -> None:
    expected: Any = None if code is None else (code, {"image": image})
    assert image_failure(image, found, strict=True) == expected
    assert image_failure(image, found, strict=False) is None
