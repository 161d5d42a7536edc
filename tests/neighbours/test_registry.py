"""Images in moto's ECR."""

import json
from collections.abc import Iterator

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.neighbours import Image
from omics_mock.neighbours.moto import MotoNeighbours

pytestmark = pytest.mark.inferred

HERE = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE, "layers": [{"digest": "sha256:" + "b" * 64, "size": 1}]})


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics() as active:
        yield active


def look(uri: str, account: str = "123456789012") -> Image | None:
    return MotoNeighbours(account, "us-east-1", "aws").image(uri)


def push(region: str = "us-east-1") -> str:
    """The digest of an image that is in the repository."""
    ecr = boto3.client("ecr", region_name=region)
    ecr.create_repository(repositoryName="tools/bwa")
    return str(ecr.put_image(repositoryName="tools/bwa", imageManifest=MANIFEST, imageTag="1")["image"]["imageId"]["imageDigest"])


def test_repository_and_image_are_told_apart(mocked: OmicsMock) -> None:
    digest = push()
    assert look(f"{HERE}/tools/bwa:1") == Image(digest, True)
    assert look(f"{HERE}/tools/bwa@{digest}") == Image(digest, True)
    assert look(f"{HERE}/tools/bwa:1@{digest}") == Image(digest, True)
    assert look(f"{HERE}/tools/bwa:2") == Image(None, True)
    assert look(f"{HERE}/tools/bwa") == Image(None, True)  # the latest
    assert look(f"{HERE}/tools/bwa@sha256:{'0' * 64}") == Image(None, True)
    assert look(f"{HERE}/tools/star:1") is None
    assert look("ubuntu:22.04") is None


def test_nothing_is_known_of_what_nobody_has_made(mocked: OmicsMock) -> None:
    assert look(f"{HERE}/tools/bwa:1") is None


def test_a_repository_of_another_region_can_not_be_pulled_from(mocked: OmicsMock) -> None:
    digest = push("eu-west-1")
    assert look(f"{HERE.replace('us-east-1', 'eu-west-1')}/tools/bwa:1") == Image(digest, False)


@pytest.mark.documented
def test_a_repository_of_another_account_has_to_admit_the_service(mocked: OmicsMock) -> None:
    digest = push()
    assert look(f"{HERE}/tools/bwa:1", "210987654321") == Image(digest, False)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "omics.amazonaws.com"},
        "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("ecr", region_name="us-east-1").set_repository_policy(repositoryName="tools/bwa", policyText=policy)
    assert look(f"{HERE}/tools/bwa:1", "210987654321") == Image(digest, True)
