"""Clients that moto's own hook does not reach. Subprocesses, where the order of imports is the point."""

import os
import subprocess
import sys
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import HTTPClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from moto import mock_aws

from omics_mock import OmicsMock, mock_omics

MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
"""Lets coverage follow into other processes."""


def run(script: str, **environment: str) -> str:
    path = ":".join(filter(None, sys.path))
    env = {"PYTHONPATH": path, "PATH": "", "AWS_EC2_METADATA_DISABLED": "true", **MEASURED, **environment}
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


NO_NETWORK = """
import socket
def refuse(*args, **_): raise SystemExit(f"something reached the network: {args}")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


@pytest.mark.parametrize("keys", [{}, {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "real"}])
@pytest.mark.parametrize("enter", ["omics_mock.mock_omics", "moto.mock_aws"])
def test_a_client_made_before_moto_was_imported_is_mocked(enter: str, keys: dict[str, str]) -> None:
    script = f"""{NO_NETWORK}
import boto3
early = boto3.client("omics", region_name="us-east-1")
s3 = boto3.client("s3", region_name="us-east-1")
import omics_mock, sys
assert "moto" not in sys.modules
import moto, time
with {enter}():
    print(early.list_workflows()["items"], s3.list_buckets()["Buckets"])
    began = time.monotonic()
    try:
        early.get_waiter("workflow_active").wait(id="1234567")
    except Exception as error:
        print(type(error).__name__)
    assert time.monotonic() - began < 2
"""
    assert run(script, **keys) == "[] []\nWaiterError"


def test_moto_may_come_first() -> None:
    script = f"""{NO_NETWORK}
import moto, omics_mock, boto3
with moto.mock_aws():
    print(boto3.client("omics", region_name="us-east-1").list_workflows()["items"])
"""
    assert run(script) == "[]"


def test_the_library_may_be_imported_inside_an_active_mock() -> None:
    script = f"""{NO_NETWORK}
import moto, boto3, requests
with moto.mock_aws():
    import omics_mock
    client = boto3.client("omics", region_name="us-east-1")
    print(client.list_workflows()["items"], omics_mock.OmicsMock.current().calls)
    print(requests.get(client.generate_presigned_url("list_workflows")).json())
"""
    assert run(script) == "[] CallLog(['ListWorkflows'])\n{'items': []}"


def test_a_client_of_an_older_session_is_mocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    boto3.setup_default_session()
    old = boto3.client("omics", aws_access_key_id="AKIAREAL", aws_secret_access_key="real")
    bare = botocore.session.Session(include_builtin_handlers=False)
    bare.set_credentials("AKIAREAL", "real")
    without_hooks: Any = bare.create_client("omics", region_name="us-west-2")
    with mock_omics() as omics:
        assert old.list_workflows()["items"] == []
        assert without_hooks.list_workflows()["items"] == []
        assert [call.region for call in omics.calls] == ["us-west-2", "us-west-2"]
    boto3.DEFAULT_SESSION = None


@mock_omics
def test_a_client_with_a_hook_of_its_own_is_served_once(wdl: bytes) -> None:
    seen: list[str] = []
    client = OmicsMock.current().client()
    client.meta.events.register("before-send.omics", lambda request, **_: seen.append(request.method))
    client.create_workflow(name="hello", definitionZip=wdl)
    assert seen == ["POST"]
    assert len(client.list_workflows()["items"]) == 1


def test_everything_is_restored() -> None:
    before = URLLib3Session.send, RequestSigner.get_auth_instance
    with mock_aws(), mock_omics():
        assert URLLib3Session.send is not before[0]
    assert (URLLib3Session.send, RequestSigner.get_auth_instance) == before
    client = boto3.client(
        "omics", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=Config(retries={"max_attempts": 0})
    )
    with pytest.raises(HTTPClientError, match="reached the network"):
        client.list_workflows()


@mock_omics
def test_a_service_moto_does_not_know_stays_inside() -> None:
    client = boto3.client("braket", region_name="us-east-1", config=Config(use_dualstack_endpoint=True))
    with pytest.raises(client.exceptions.ClientError, match="404"):
        client.get_device(deviceArn="arn:aws:braket:::device/a")


@mock_omics
def test_hosts_outside_aws_are_left_alone() -> None:
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("s3", region_name="us-east-1", endpoint_url="http://localhost:1", config=once)
    with pytest.raises(HTTPClientError, match="reached the network"):
        client.list_buckets()


@mock_omics
def test_what_a_client_without_hooks_asks_of_a_service_that_lacks_it_is_told_as_moto_does() -> None:
    bare = botocore.session.Session(include_builtin_handlers=False)
    bare.set_credentials("AKIAREAL", "real")
    iam: Any = bare.create_client("iam", region_name="us-east-1")
    with pytest.raises(NotImplementedError, match="generate_service_last_accessed_details"):
        iam.generate_service_last_accessed_details(Arn="arn:aws:iam::123456789012:role/a-role")


@mock_omics
def test_what_moto_lacks_of_an_instance_s_metadata_is_not_found() -> None:
    bare: Any = URLLib3Session()
    asked = AWSRequest("GET", "http://169.254.169.254/latest/meta-data/placement")
    assert bare.send(asked.prepare()).status_code == 404


def test_looking_for_credentials_on_an_instance_stays_inside() -> None:
    script = f"""{NO_NETWORK}
import omics_mock, boto3
with omics_mock.mock_omics(config={{"core": {{"mock_credentials": False}}}}):
    print(boto3.client("omics", region_name="us-east-1").list_workflows()["items"])
"""
    assert run(script, AWS_EC2_METADATA_DISABLED="false") == "[]"


def test_a_client_without_credentials_is_refused_where_the_test_wants_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.Session().client("omics", region_name="us-east-1")
    with mock_omics(config={"core": {"mock_credentials": False}}), pytest.raises(NoCredentialsError):
        client.list_runs()
    with mock_omics():
        assert client.list_runs()["items"] == []
    assert "AWS_ACCESS_KEY_ID" not in os.environ
