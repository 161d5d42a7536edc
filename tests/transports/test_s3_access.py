"""Read sets as S3 objects: what S3's own clients see of them, and whom the store's policy keeps out."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.region import RegionState
from omics_mock.backends.sequence_stores import SequenceStore
from omics_mock.transports.moto import states

OWNER = "123456789012"
GUEST = "444455556666"
BODY = bytes(range(256)) * 64
TAGS = {"omics:subjectId": "mary & ann", "omics:readSetStatus": "ACTIVE"}
ONCE = Config(retries={"total_max_attempts": 1})


class Offer:
    """A sequence store with one file, offered as the bytes of a read set are."""

    def __init__(self, mocked: OmicsMock, region: str = "us-east-1") -> None:
        store_id = mocked.client("omics", region).create_sequence_store(name="reads")["id"]
        self.state: RegionState = next(state for state in states() if state.region == region)
        self.store: SequenceStore = self.state.sequence_stores.table.get(store_id)
        self.prefix = f"{OWNER}/sequenceStore/{store_id}/"
        self.key = f"{self.prefix}readSet/1111111111/a b+c.bam"
        self.place = {"Bucket": self.store.alias, "Key": self.key}
        self.access_point: str = self.store["s3Access"]["s3AccessPointArn"]
        self.state.neighbours.offer(self.store.alias, self.key, self.state.spool.keep(BODY), TAGS)

    def let(self, effect: str = "Allow", principal: object = "*", **changes: object) -> None:
        """Replace the policy."""
        resource = f"{self.access_point}/object/{self.prefix}*"
        statement = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": resource, **changes}
        self.store.policy = json.dumps({"Statement": [statement]})


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics() as active:
        yield active


@pytest.fixture
def offer(mocked: OmicsMock) -> Offer:
    return Offer(mocked)


@pytest.fixture
def s3(mocked: OmicsMock) -> Any:
    return client(mocked)


def client(mocked: OmicsMock, service: str = "s3", **kwargs: Any) -> Any:
    return mocked.client(service, **{"config": ONCE, **kwargs})


def refused(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"]


# ---- what S3's clients see -----------------------------------------------------------------------------------------


def test_a_read_set_is_an_object_of_the_alias_bucket(offer: Offer, s3: Any) -> None:
    found = s3.get_object(**offer.place)
    assert found["Body"].read() == BODY
    assert found["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    assert s3.head_object(**offer.place)["ContentLength"] == len(BODY)
    listed = s3.list_objects_v2(Bucket=offer.store.alias, Prefix=offer.prefix)["Contents"]
    assert [(each["Key"], each["Size"]) for each in listed] == [(offer.key, len(BODY))]
    assert s3.list_objects_v2(Bucket=offer.store.alias, Prefix=f"{offer.prefix}readSet/", Delimiter="/")["CommonPrefixes"]
    assert s3.list_objects(Bucket=offer.store.alias, Prefix=offer.prefix)["Contents"]
    assert {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(**offer.place)["TagSet"]} == TAGS


@pytest.mark.parametrize(
    "address",
    [
        {"addressing_style": "virtual"},
        {"addressing_style": "path"},
        {"use_dualstack_endpoint": True},
        {"us_east_1_regional_endpoint": "legacy"},
        {"us_east_1_regional_endpoint": "regional", "addressing_style": "virtual"},
    ],
    ids=str,
)
def test_every_address_of_the_bucket_leads_to_the_policy(mocked: OmicsMock, offer: Offer, address: Any) -> None:
    s3 = client(mocked, config=Config(s3=address))
    assert s3.get_object(**offer.place)["Body"].read() == BODY
    offer.store.policy = None
    assert refused(s3.get_object, **offer.place) == "AccessDenied"


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1"])
def test_other_regions_and_partitions(mocked: OmicsMock, region: str) -> None:
    offer = Offer(mocked, region)
    s3 = client(mocked, region=region)
    assert s3.get_object(**offer.place)["Body"].read() == BODY
    assert s3.get_object_tagging(**offer.place)["TagSet"]


def test_the_bucket_is_on_nobody_s_list(mocked: OmicsMock, offer: Offer, s3: Any) -> None:
    s3.get_object(**offer.place)
    s3.create_bucket(Bucket="mine")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["mine"]
    assert client(mocked, account=GUEST).list_buckets()["Buckets"] == []


def test_an_access_point_s_arn_serves_as_its_bucket(offer: Offer, s3: Any) -> None:
    place = {"Bucket": offer.access_point, "Key": offer.key}
    assert s3.get_object(**place)["Body"].read() == BODY
    assert s3.get_object(**place, Range="bytes=1-2")["Body"].read() == BODY[1:3]
    assert s3.list_objects_v2(Bucket=offer.access_point, Prefix=offer.prefix)["KeyCount"] == 1
    s3.create_bucket(Bucket="mine")
    s3.copy_object(Bucket="mine", Key="copy", CopySource=place)
    assert s3.get_object(Bucket="mine", Key="copy")["Body"].read() == BODY
    offer.store.policy = None
    assert refused(s3.get_object, **place) == "AccessDenied"
    assert refused(s3.copy_object, Bucket="mine", Key="again", CopySource=place) == "AccessDenied"


def test_parts_of_an_object(offer: Offer, s3: Any) -> None:
    size = len(BODY)
    sections = {"bytes=0-0": (0, 1), "bytes=10-19": (10, 20), f"bytes={size - 5}-": (size - 5, size), "bytes=-7": (size - 7, size)}
    for wanted, (start, stop) in sections.items():
        found = s3.get_object(**offer.place, Range=wanted)
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert found["ContentRange"] == f"bytes {start}-{stop - 1}/{size}"
        assert found["Body"].read() == BODY[start:stop]
        assert found["ContentLength"] == stop - start
    assert s3.get_object(**offer.place, Range="bytes=x")["Body"].read() == BODY
    assert refused(s3.get_object, **offer.place, Range=f"bytes={size}-") == "InvalidRange"


def test_the_transfer_manager_downloads_in_many_threads(offer: Offer, s3: Any, tmp_path: Path) -> None:
    many = TransferConfig(multipart_threshold=1024, multipart_chunksize=1024, max_concurrency=8)
    s3.download_file(offer.store.alias, offer.key, str(tmp_path / "a.bam"), Config=many)
    assert (tmp_path / "a.bam").read_bytes() == BODY


def test_many_threads_read_at_once(offer: Offer, s3: Any) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: s3.get_object(**offer.place), range(24)))
    assert {each["Body"].read() for each in found} == {BODY}
    assert len({each["ETag"] for each in found}) == 1


def test_an_object_is_copied_to_a_bucket_of_the_caller_s_own(offer: Offer, s3: Any) -> None:
    s3.create_bucket(Bucket="mine")
    s3.copy_object(Bucket="mine", Key="copy", CopySource=offer.place)
    assert s3.get_object(Bucket="mine", Key="copy")["Body"].read() == BODY
    offer.store.policy = None
    assert refused(s3.copy_object, Bucket="mine", Key="again", CopySource=offer.place) == "AccessDenied"
    upload = s3.create_multipart_upload(Bucket="mine", Key="parts")["UploadId"]
    part = {"Bucket": "mine", "Key": "parts", "UploadId": upload, "PartNumber": 1, "CopySource": offer.place}
    assert refused(s3.upload_part_copy, **part) == "AccessDenied"


def test_a_store_without_read_sets_is_an_empty_bucket(mocked: OmicsMock, s3: Any) -> None:
    mocked.client("omics").create_sequence_store(name="empty")
    (state,) = states()
    (store,) = state.sequence_stores.table
    assert s3.list_objects_v2(Bucket=store.alias, Prefix=f"{OWNER}/sequenceStore/{store['id']}/")["KeyCount"] == 0


def test_what_is_not_there_is_answered_by_s3(offer: Offer, s3: Any) -> None:
    assert refused(s3.get_object, Bucket=offer.store.alias, Key=f"{offer.key}.bai") == "NoSuchKey"
    assert refused(s3.get_object_tagging, Bucket=offer.store.alias, Key=f"{offer.key}.bai") == "NoSuchKey"
    assert refused(s3.list_objects_v2, Bucket=f"x{offer.store.alias[1:]}") == "NoSuchBucket"
    assert refused(s3.get_object, Bucket=offer.access_point[:-3], Key="k") == "NoSuchBucket"


def test_other_buckets_are_left_alone(offer: Offer, s3: Any) -> None:
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="of-an-s3alias/a", Body=b"a")
    s3.copy_object(Bucket="mine", Key="b", CopySource={"Bucket": "mine", "Key": "of-an-s3alias/a"})
    assert s3.get_object(Bucket="mine", Key="b", Range="bytes=0-0")["Body"].read() == b"a"


def test_other_access_points_are_left_alone(mocked: OmicsMock, offer: Offer, s3: Any) -> None:
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="a", Body=b"a")
    client(mocked, "s3control").create_access_point(AccountId="123456789012", Name="door", Bucket="mine")
    assert s3.get_object(Bucket="arn:aws:s3:us-east-1:123456789012:accesspoint/door", Key="a")["Body"].read() == b"a"


# ---- whom the policy keeps out -------------------------------------------------------------------------------------


def test_nobody_writes_or_asks_for_what_no_policy_can_allow(offer: Offer, s3: Any) -> None:
    offer.let()
    bucket = {"Bucket": offer.store.alias}
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (s3.put_object, {**offer.place, "Body": b""}),
        (s3.put_object_tagging, {**offer.place, "Tagging": {"TagSet": []}}),
        (s3.delete_object, offer.place),
        (s3.delete_objects, {**bucket, "Delete": {"Objects": [{"Key": offer.key}]}}),
        (s3.create_multipart_upload, offer.place),
        (s3.copy_object, {**offer.place, "CopySource": offer.place}),
        (s3.get_object_acl, offer.place),
        (s3.get_object_attributes, {**offer.place, "ObjectAttributes": ["ETag"]}),
        (s3.create_bucket, bucket),
        (s3.delete_bucket, bucket),
        (s3.get_bucket_location, bucket),
        (s3.list_object_versions, bucket),
        (s3.list_multipart_uploads, bucket),
    ]
    for call, params in calls:
        assert refused(call, **params) == "AccessDenied", call
    assert s3.get_object(**offer.place)["Body"].read() == BODY


def test_without_a_policy_the_owner_is_kept_out_too(offer: Offer, s3: Any) -> None:
    offer.store.policy = None
    assert refused(s3.get_object, **offer.place) == "AccessDenied"
    assert refused(s3.get_object_tagging, **offer.place) == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=offer.store.alias, Prefix=offer.prefix) == "AccessDenied"
    assert refused(s3.head_object, **offer.place) == "403"
    assert refused(s3.head_bucket, Bucket=offer.store.alias) == "403"


def test_another_account_needs_the_policy_s_word(mocked: OmicsMock, offer: Offer) -> None:
    guest = client(mocked, account=GUEST)
    with pytest.raises(ClientError, match=f"does not let arn:aws:sts::{GUEST}:user/moto do this"):
        guest.get_object(**offer.place)
    offer.let(principal={"AWS": GUEST})
    assert guest.get_object(**offer.place)["Body"].read() == BODY
    assert refused(guest.get_object_tagging, **offer.place) == "AccessDenied"
    offer.let("Deny", principal={"AWS": f"arn:aws:iam::{GUEST}:root"})
    assert refused(guest.get_object, **offer.place) == "AccessDenied"


def test_a_listing_needs_a_prefix_inside_the_store(offer: Offer, s3: Any) -> None:
    assert refused(s3.list_objects_v2, Bucket=offer.store.alias) == "AccessDenied"
    assert refused(s3.list_objects_v2, Bucket=offer.store.alias, Prefix=OWNER) == "AccessDenied"
    offer.let(Action="s3:ListBucket", Resource=offer.access_point)
    assert s3.list_objects_v2(Bucket=offer.store.alias)["KeyCount"] == 1
    s3.head_bucket(Bucket=offer.store.alias)


def test_users_and_roles_are_told_apart(mocked: OmicsMock, offer: Offer) -> None:
    def signed_by(key: Any) -> Any:
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"), "us-east-1")
        return session.client("s3", config=ONCE)

    iam, sts = client(mocked, "iam"), client(mocked, "sts")
    user = iam.create_user(UserName="ann")["User"]["Arn"]
    ann = signed_by(iam.create_access_key(UserName="ann")["AccessKey"])
    role = f"arn:aws:iam::{GUEST}:role/visitor"
    visitor = signed_by(sts.assume_role(RoleArn=role, RoleSessionName="today")["Credentials"])
    offer.let(principal={"AWS": user})
    assert ann.get_object(**offer.place)["Body"].read() == BODY
    assert refused(visitor.get_object, **offer.place) == "AccessDenied"
    offer.let(principal={"AWS": role})
    assert visitor.get_object(**offer.place)["Body"].read() == BODY
    assert refused(ann.get_object, **offer.place) == "AccessDenied"
    offer.let(Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{GUEST}:role/*"}})
    assert visitor.get_object(**offer.place)["Body"].read() == BODY
    assert refused(ann.get_object, **offer.place) == "AccessDenied"


def test_an_object_s_tags_may_decide(offer: Offer, s3: Any) -> None:
    offer.let(Condition={"StringEquals": {"s3:ExistingObjectTag/omics:subjectId": "mary & ann"}})
    assert s3.get_object(**offer.place)["Body"].read() == BODY
    offer.state.neighbours.retag(offer.store.alias, offer.key, {"omics:subjectId": "somebody"})
    assert refused(s3.get_object, **offer.place) == "AccessDenied"


def test_nobody_is_anonymous(mocked: OmicsMock, offer: Offer) -> None:
    offer.let()
    anonymous = client(mocked, config=Config(signature_version=UNSIGNED))
    assert refused(anonymous.get_object, **offer.place) == "AccessDenied"
    answer = requests.get(f"https://{offer.store.alias}.s3.us-east-1.amazonaws.com/{offer.key}", timeout=5)
    assert (answer.status_code, "AccessDenied" in answer.text) == (403, True)


@pytest.mark.parametrize(("version", "name"), [("s3v4", "AWS4-HMAC-SHA256"), ("s3", "AWS")])
def test_a_presigned_url_is_its_signer_s(mocked: OmicsMock, offer: Offer, version: str, name: str) -> None:
    s3 = client(mocked, config=Config(signature_version=version))
    url = s3.generate_presigned_url("get_object", offer.place)
    offer.let(principal={"AWS": OWNER}, Condition={"StringEquals": {"s3:signatureversion": name}})
    assert requests.get(url, timeout=5).content == BODY
    assert requests.get(url, headers={"Range": "bytes=3-9"}, timeout=5).content == BODY[3:10]
    assert s3.get_object(**offer.place)["Body"].read() == BODY
    offer.let(principal={"AWS": GUEST})
    assert requests.get(url, timeout=5).status_code == 403


def test_moto_s_own_switches_take_it_for_s3(mocked: OmicsMock, offer: Offer) -> None:
    with mock_omics(config={"core": {"service_whitelist": ["s3"]}}):
        assert client(mocked).get_object(**offer.place)["Body"].read() == BODY


# ---- what HealthOmics does with them -------------------------------------------------------------------------------


def test_what_is_withdrawn_is_gone_and_its_bytes_are_let_go(offer: Offer, s3: Any) -> None:
    neighbours, alias = offer.state.neighbours, offer.store.alias
    for _ in range(2):
        neighbours.withdraw(alias, offer.key)
        neighbours.retag(alias, offer.key, {})
    assert neighbours.offered(alias, offer.key) is None
    assert refused(s3.get_object, **offer.place) == "NoSuchKey"
    neighbours.offer(alias, offer.key, offer.state.spool.keep(b"new"), {})
    neighbours.offer(alias, offer.key, offer.state.spool.keep(b"newer"), {})
    assert s3.get_object(**offer.place)["Body"].read() == b"newer"
    assert s3.get_object_tagging(**offer.place)["TagSet"] == []


def test_a_bucket_goes_with_its_store(mocked: OmicsMock, offer: Offer, s3: Any) -> None:
    mocked.client("omics").delete_sequence_store(id=offer.store["id"])
    assert refused(s3.get_object, **offer.place) == "NoSuchBucket"
    offer.state.neighbours.close(offer.store.alias)


def test_a_read_through_s3_counts_as_use(offer: Offer, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[str] = []
    monkeypatch.setattr(offer.state.read_sets, "touched_through_s3", touched.append)
    s3.list_objects_v2(Bucket=offer.store.alias, Prefix=offer.prefix)
    s3.get_object_tagging(**offer.place)
    assert refused(s3.get_object, Bucket=offer.store.alias, Key=f"{offer.key}.bai") == "NoSuchKey"
    assert touched == []
    s3.get_object(**offer.place)
    s3.get_object(**offer.place, Range="bytes=0-1")
    s3.create_bucket(Bucket="mine")
    s3.copy_object(Bucket="mine", Key="copy", CopySource=offer.place)
    assert touched == [offer.key] * 3


def test_what_is_due_happens_before_the_answer(offer: Offer, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    withdraw = offer.state.neighbours.withdraw
    monkeypatch.setattr(offer.state.read_sets, "archive_unused", lambda: offer.state.outbox.append(lambda: withdraw(**due)))
    due = {"bucket": offer.store.alias, "key": offer.key}
    assert refused(s3.get_object, **offer.place) == "NoSuchKey"


def test_a_reset_takes_everything_away(mocked: OmicsMock, offer: Offer, s3: Any) -> None:
    s3.get_object(**offer.place)
    mocked.reset()
    assert refused(s3.get_object, **offer.place) == "NoSuchBucket"
