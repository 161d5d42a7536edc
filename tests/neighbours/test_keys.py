"""Stores are encrypted with keys of moto's KMS."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import mock_omics
from tests.support.analytics import any_reference, create
from tests.support.workflows import client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

UNKNOWN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

KINDS = ("reference", "sequence", "variant", "annotation")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with mock_omics():
        yield request.param


def make(omics: "OmicsClient", kind: str, key: str) -> Any:
    """A store encrypted with a key, or an alias of one."""
    encrypted: Any = {"sseConfig": {"type": "KMS", "keyArn": key}}
    if kind in ("variant", "annotation"):
        return create(omics, kind, **encrypted)
    return getattr(omics, f"create_{kind}_store")(name="store", **encrypted)


def stores(omics: "OmicsClient", kind: str) -> list[Any]:
    found: list[Any] = getattr(omics, f"list_{kind}_stores")()[f"{kind}Stores"]
    return found


def refused(kind: str, key: str, message: str) -> None:
    omics = client()
    if kind in ("variant", "annotation"):
        any_reference(omics)
    before = stores(omics, kind)
    with pytest.raises(omics.exceptions.ValidationException, match=f"sseConfig.keyArn: .*{message}"):
        make(omics, kind, key)
    assert stores(omics, kind) == before


def new_key(region: str = "us-east-1") -> tuple[Any, str]:
    """KMS, and the ARN of a key in it."""
    kms = boto3.client("kms", region_name=region)
    return kms, kms.create_key()["KeyMetadata"]["Arn"]


def id_of(key: str) -> str:
    return key.partition("key/")[2]


@pytest.mark.documented
def test_a_store_is_encrypted_with_a_key_that_is_enabled(kind: str) -> None:
    _, key = new_key()
    omics = client()
    make(omics, kind, key)
    assert stores(omics, kind)[-1]["sseConfig"] == {"type": "KMS", "keyArn": key}


def test_a_key_that_can_not_be_used_is_refused(kind: str) -> None:
    kms, key = new_key()
    kms.disable_key(KeyId=id_of(key))
    refused(kind, key, "Disabled")
    kms.schedule_key_deletion(KeyId=id_of(key))
    refused(kind, key, "PendingDeletion")
    kms.cancel_key_deletion(KeyId=id_of(key))
    kms.enable_key(KeyId=id_of(key))
    make(client(), kind, key)


def test_a_key_may_go_by_an_alias(kind: str) -> None:
    kms, key = new_key()
    alias = f"{key.partition('key/')[0]}alias/reads"
    kms.create_alias(AliasName="alias/reads", TargetKeyId=key)
    kms.disable_key(KeyId=id_of(key))
    refused(kind, alias, "Disabled")
    make(client(), kind, f"{alias}-of-others")


def test_a_key_of_another_account_is_looked_up_there(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "210987654321")
    kms, key = new_key()
    kms.disable_key(KeyId=id_of(key))
    monkeypatch.delenv("MOTO_ACCOUNT_ID")
    refused(kind, key, "Disabled")


def test_a_key_is_one_of_the_region(kind: str) -> None:
    refused(kind, new_key("us-west-2")[1], "KMS key in us-east-1")
    refused(kind, "arn:aws:s3:us-east-1:123456789012:accesspoint/key", "KMS key in us-east-1")


def test_a_key_that_nobody_made_is_taken_to_be_enabled(kind: str) -> None:
    new_key()
    make(client(), kind, UNKNOWN)


def test_kms_is_not_loaded_to_look_for_a_key(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind in ("variant", "annotation"):
        any_reference(client())
    monkeypatch.delitem(sys.modules, "moto.kms.models", raising=False)
    make(client(), kind, UNKNOWN)
    assert "moto.kms.models" not in sys.modules


def test_a_strict_mock_wants_the_key_to_exist(kind: str) -> None:
    if kind in ("variant", "annotation"):
        any_reference(client())  # while the bucket it comes from need not exist
    with mock_omics(strict=True):
        refused(kind, UNKNOWN, "does not exist")
        _, key = new_key()
        refused(kind, UNKNOWN, "does not exist")
        make(client(), kind, key)
