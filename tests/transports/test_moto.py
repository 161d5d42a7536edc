"""HealthOmics as one of moto's services: hosts, accounts, regions, and moto's own features."""

import importlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import moto.core.models as core
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.loaders import Loader
from moto import backend_index, mock_aws
from moto.core import set_initial_no_auth_action_count
from moto.moto_api import recorder, state_manager
from werkzeug import Request

from omics_mock import OmicsMock, mock_omics
from omics_mock.transports import moto as transport

HOSTS = {
    "": "https://workflows-omics.us-west-2.amazonaws.com/",
    "fips": "https://workflows-omics-fips.us-west-2.amazonaws.com/",
    "dual-stack": "https://workflows-omics.us-west-2.api.aws/",
    "both": "https://workflows-omics-fips.us-west-2.api.aws/",
}


@pytest.fixture
def omics() -> Iterator[OmicsMock]:
    with mock_omics() as active:
        yield active


def names(client: Any) -> list[str]:
    return [item["name"] for item in client.list_workflows()["items"]]


def test_plain_mock_aws_serves_omics(wdl: bytes) -> None:
    with mock_aws():
        client = boto3.client("omics", region_name="us-east-1")
        client.create_workflow(name="hello", definitionZip=wdl)
        assert names(client) == ["hello"]
    with mock_aws():
        assert names(boto3.client("omics", region_name="us-east-1")) == []


def test_moto_knows_the_service_by_name() -> None:
    from moto.backends import get_backend

    assert importlib.import_module("moto.omics") is sys.modules["moto.omics"]
    assert get_backend("omics")["123456789012"]["us-east-1"].state.region == "us-east-1"  # type: ignore[call-overload]  # a service that moto's types do not know


def test_installing_again_changes_nothing() -> None:
    from moto.backend_index import backend_url_patterns

    before = list(backend_url_patterns)
    transport.install()
    assert backend_url_patterns == before


def test_every_operation_s_host_is_ours() -> None:
    from moto.backends import get_service_from_url

    model = Loader().load_service_model("omics", "service-2")
    prefixes = {operation["endpoint"]["hostPrefix"] for operation in model["operations"].values()}
    assert len(prefixes) == 5
    for prefix in {"", *prefixes}:
        assert get_service_from_url(f"https://{prefix}omics.us-east-1.amazonaws.com/") == "omics"


@pytest.mark.parametrize("bucket", ["omics", "workflows-omics"])
def test_a_bucket_called_omics_stays_with_s3(omics: OmicsMock, bucket: str) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"b")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"b"


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dual_stack", [False, True])
def test_fips_and_dual_stack_hosts_are_served(omics: OmicsMock, wdl: bytes, fips: bool, dual_stack: bool) -> None:
    client = omics.client(region="us-west-2", config=Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack))
    client.create_workflow(name="hello", definitionZip=wdl)
    assert names(omics.client(region="us-west-2")) == ["hello"]


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_china_and_govcloud_have_their_partitions(omics: OmicsMock, wdl: bytes, region: str, partition: str) -> None:
    client = omics.client(region=region)
    assert client.create_workflow(name="hello", definitionZip=wdl)["arn"].startswith(f"arn:{partition}:omics:{region}:")
    assert names(client) == ["hello"]


def test_a_client_without_host_prefixes_is_served(omics: OmicsMock) -> None:
    assert names(omics.client(config=Config(inject_host_prefix=False))) == []


def test_regions_are_apart(omics: OmicsMock, wdl: bytes) -> None:
    omics.client(region="us-east-1").create_workflow(name="hello", definitionZip=wdl)
    assert names(omics.client(region="us-west-2")) == []


def test_a_region_without_healthomics_is_refused_readably(omics: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    client = omics.client(region="sa-east-1")
    with pytest.raises(LookupError, match=r"not available in region 'sa-east-1', only in .*us-east-1"):
        client.list_workflows()
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    assert names(client) == []


def test_an_unknown_path_is_refused_readably(omics: OmicsMock) -> None:
    with pytest.raises(LookupError, match="/nothing/here"):
        requests.get("https://workflows-omics.us-east-1.amazonaws.com/nothing/here", timeout=1)


# ---- accounts --------------------------------------------------------------------------------------------------------


def test_an_assumed_role_acts_in_its_account(omics: OmicsMock, wdl: bytes) -> None:
    role = boto3.client("sts", region_name="us-east-1").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/guest", RoleSessionName="visit"
    )["Credentials"]
    guest = boto3.client(
        "omics",
        region_name="us-east-1",
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["SessionToken"],
    )
    assert ":111122223333:" in guest.create_workflow(name="theirs", definitionZip=wdl)["arn"]
    assert names(omics.client()) == []


def test_a_client_for_another_account_acts_there_in_every_service(omics: OmicsMock, wdl: bytes) -> None:
    omics.client(account="111122223333").create_workflow(name="theirs", definitionZip=wdl)
    assert omics.calls.only.account == "111122223333"
    assert names(omics.client()) == []
    sts: Any = omics.client("sts", account="111122223333")
    assert sts.get_caller_identity()["Account"] == "111122223333"


def test_moto_account_id_moves_everything(omics: OmicsMock, wdl: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "444455556666")
    assert ":444455556666:" in omics.client().create_workflow(name="hello", definitionZip=wdl)["arn"]


# ---- IAM -------------------------------------------------------------------------------------------------------------


def user_client(*actions: str) -> Any:
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_user(UserName="ann")
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return boto3.client(
        "omics",
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


@mock_omics
def test_iam_lets_a_user_do_what_the_policy_allows_and_no_more(wdl: bytes) -> None:
    client = user_client("omics:CreateWorkflow")
    before = dict(OmicsMock.current().rules)

    @set_initial_no_auth_action_count(0)
    def guarded() -> None:
        client.create_workflow(name="hello", definitionZip=wdl)
        with pytest.raises(ClientError) as refused:
            client.list_workflows()
        error = refused.value.response
        assert error["Error"]["Code"] == "AccessDeniedException"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert error["Error"]["Message"] == (
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: omics:ListWorkflows"
        )

    guarded()
    assert dict(OmicsMock.current().rules) == before
    assert names(boto3.client("omics", region_name="us-east-1")) == ["hello"]


@mock_omics
@set_initial_no_auth_action_count(0)
def test_iam_refuses_keys_it_does_not_know() -> None:
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        boto3.client("omics", region_name="us-east-1").list_workflows()


@mock_omics
@set_initial_no_auth_action_count(2)
def test_calls_before_iam_is_switched_on_count() -> None:
    client = boto3.client("omics", region_name="us-east-1")
    client.list_workflows()
    client.list_workflows()
    with pytest.raises(ClientError):
        client.list_workflows()


# ---- passthrough and whitelist ---------------------------------------------------------------------------------------


def test_a_passed_through_service_goes_to_the_network() -> None:
    config = {"core": {"mock_credentials": True, "passthrough": {"services": ["omics"]}}}
    with mock_omics(config=config) as omics:
        client = omics.client(config=Config(retries={"max_attempts": 0}))
        with pytest.raises(HTTPClientError, match="reached the network"):
            client.list_workflows()
        assert boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"] == []


def test_a_service_that_is_not_whitelisted_is_refused() -> None:
    from moto.core.exceptions import ServiceNotWhitelisted

    with mock_omics(config={"core": {"service_whitelist": ["s3"]}}) as omics, pytest.raises(ServiceNotWhitelisted):
        omics.client().list_workflows()
    with mock_omics(config={"core": {"service_whitelist": ["omics"]}}) as omics:
        assert names(omics.client()) == []


def test_the_config_of_an_inner_mock_ends_with_it() -> None:
    from moto.core.exceptions import ServiceNotWhitelisted

    with mock_omics() as outer:
        with mock_omics(config={"core": {"service_whitelist": ["s3"]}}), pytest.raises(ServiceNotWhitelisted):
            outer.client().list_workflows()
        assert names(outer.client()) == []


# ---- the rest of moto ------------------------------------------------------------------------------------------------


def test_a_recording_replays(omics: OmicsMock, wdl: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    recorder.start_recording()
    try:
        omics.client().create_workflow(name="hello", definitionZip=wdl)
    finally:
        recorder.stop_recording()
    omics.reset()
    assert names(omics.client()) == []
    recorder.replay_recording()
    assert names(omics.client()) == ["hello"]


def test_the_dashboard_shows_what_there_is(omics: OmicsMock, wdl: bytes) -> None:
    omics.client().create_workflow(name="hello", definitionZip=wdl, tags={"a": "b"})
    data = requests.get("http://motoapi.amazonaws.com/moto-api/data.json", timeout=1).json()["omics"]
    (workflow,) = data["Workflow"]
    assert (workflow["name"], workflow["status"], workflow["region"]) == ("hello", "CREATING", "us-east-1")
    requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=1)
    data = requests.get("http://motoapi.amazonaws.com/moto-api/data.json", timeout=1).json()["omics"]
    assert data["Workflow"] == []


def test_the_state_manager_sets_transitions(omics: OmicsMock, wdl: bytes) -> None:
    assert "omics::workflow" in state_manager.get_registered_models()
    client = omics.client()

    def statuses(polls: int) -> list[str]:
        workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
        return [client.get_workflow(id=workflow)["status"] for _ in range(polls)]

    assert statuses(2) == ["CREATING", "ACTIVE"]
    try:
        state_manager.set_transition("omics::workflow", {"progression": "manual", "times": 2})
        assert statuses(3) == ["CREATING", "CREATING", "ACTIVE"]
        state_manager.set_transition("omics::workflow", {"progression": "immediate"})
        assert statuses(1) == ["ACTIVE"]
        state_manager.set_transition("omics::workflow", {"progression": "time", "seconds": 60})
        assert statuses(3) == ["CREATING", "CREATING", "CREATING"]
        omics.clock.advance(60)
        assert client.list_workflows()["items"][-1]["status"] == "ACTIVE"
    finally:
        state_manager.unset_transition("omics::workflow")
    assert statuses(2) == ["CREATING", "ACTIVE"]


def test_transitions_are_set_over_http_too(omics: OmicsMock, wdl: bytes) -> None:
    body = {"model_name": "omics::workflow", "transition": {"progression": "immediate"}}
    requests.post("http://motoapi.amazonaws.com/moto-api/state-manager/set-transition", data=json.dumps(body), timeout=1)
    try:
        client = omics.client()
        workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
        assert client.get_workflow(id=workflow)["status"] == "ACTIVE"
    finally:
        state_manager.unset_transition("omics::workflow")


def test_resetting_does_not_wait_for_an_operation_under_way(omics: OmicsMock) -> None:
    omics.client().list_workflows()
    (state,) = [state for state in transport.states() if state.region == "us-east-1"]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with state.lock:
            held.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    try:
        omics.reset()
    finally:
        done.set()
        thread.join()


def test_a_call_in_the_middle_of_a_reset_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.iam.models import IAMBackend, iam_backends

    with mock_omics() as omics:
        boto3.client("iam", region_name="us-east-1").create_user(UserName="ann")
        client = omics.client()
        made, served = IAMBackend.__init__, []

        def in_between(*given: Any) -> None:
            served.append(names(client))  # moto has taken everything away and not made it anew yet
            made(*given)

        with monkeypatch.context() as patched:
            patched.setattr(IAMBackend, "__init__", in_between)
            iam_backends["123456789012"]["aws"].reset()
        assert served == [[]]


# ---- without boto3 ---------------------------------------------------------------------------------------------------


def test_a_presigned_request_is_served(omics: OmicsMock, wdl: bytes) -> None:
    client = omics.client(region="eu-west-1")
    workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
    url = client.generate_presigned_url("get_workflow", {"id": workflow})
    answer = requests.get(url, timeout=1)
    assert (answer.status_code, answer.json()["name"]) == (200, "hello")


def test_installing_inside_an_active_mock_serves_requests_too(omics: OmicsMock) -> None:
    from moto.core.models import responses_mock

    responses_mock.reset()
    transport._serve_through_requests()
    url = omics.client().generate_presigned_url("list_workflows")
    assert requests.get(url, timeout=1).json() == {"items": []}


def test_an_encoded_slash_stays_inside_its_label(omics: OmicsMock, wdl: bytes) -> None:
    arn = omics.client().create_workflow(name="hello", definitionZip=wdl, tags={"a": "b"})["arn"]
    assert omics.client().list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    assert "/" in arn


def test_entering_registers_a_few_callbacks_that_answer_like_all_of_moto_s() -> None:
    urls = ("https://unheard-of.us-east-1.amazonaws.com/", "https://s3.amazonaws.com/none/there")
    with mock_aws():
        many = len(core.responses_mock.registered())
        expected = [requests.get(url, timeout=5) for url in urls]
    with mock_omics():
        few = len(core.responses_mock.registered())
        found = [requests.get(url, timeout=5) for url in urls]
    assert few * 50 < many
    assert [(answer.status_code, answer.headers["content-type"]) for answer in found] == [
        (answer.status_code, answer.headers["content-type"]) for answer in expected
    ]
    with mock_aws():
        assert len(core.responses_mock.registered()) == many


def test_patterns_that_can_not_be_put_together_are_registered_one_by_one(wdl: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = re.compile("https?://example\\.com", re.IGNORECASE)
    monkeypatch.setattr(backend_index, "backend_url_patterns", [*backend_index.backend_url_patterns, ("omics", pattern)])
    with mock_aws():
        many = len(core.responses_mock.registered())
    with mock_omics() as omics:
        assert len(core.responses_mock.registered()) == many
        assert omics.client("omics", "us-east-1").list_workflows()["items"] == []


def test_whoever_switches_moto_on_again_changes_nothing(omics: OmicsMock) -> None:
    core.botocore_stubber.enabled = True
    assert omics.client("omics", "us-east-1").list_workflows()["items"] == []
    assert OmicsMock.current() is omics


@mock_omics
def test_moto_s_proxy_finds_the_service_by_its_host() -> None:
    backend = transport.omics_backends["123456789012"]["us-east-1"]
    asked = Request.from_values("/run", "https://workflows-omics.us-east-1.amazonaws.com")
    assert any(re.match(base, asked.url) for base in backend.url_bases)
    (pattern, serve), *others = backend.url_paths.items()
    assert not others
    assert re.match(pattern, asked.path)
    assert serve(asked, asked.url, asked.headers)[0] == 200
    assert OmicsMock.current().calls.only.operation == "ListRuns"
