"""The server: who reaches it and how, what it shares with the process it is in, and how it begins and ends."""

import gc
import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws

from omics_mock import ConnectionFailure, OmicsMock, TruncatedBody, UnusedFault, mock_omics
from omics_mock.server import OmicsControl, OmicsServer, application, environment, host_names
from tests.support.faults import ONCE
from tests.support.sequences import data
from tests.support.servers import SIGNED, ask, send
from tests.support.workflows import archive, start_run


@pytest.fixture
def server() -> Iterator[OmicsServer]:
    with OmicsServer() as running:
        yield running


def client(server: OmicsServer, service: Any = "omics", **kwargs: Any) -> Any:
    return boto3.client(service, **{**server.client_kwargs(), **kwargs})


# ---- clients ---------------------------------------------------------------------------------------------------------


def test_a_run_completes_and_its_waiters_do_not_sleep(server: OmicsServer) -> None:
    omics, began = client(server), time.monotonic()
    run = start_run(omics)
    omics.get_waiter("run_completed").wait(id=run)
    assert omics.get_run(id=run)["status"] == "COMPLETED"
    assert time.monotonic() - began < 20


def test_bytes_go_there_and_come_back(server: OmicsServer) -> None:
    omics = client(server)
    store = omics.create_sequence_store(name="store")["id"]
    upload = omics.create_multipart_read_set_upload(
        sequenceStoreId=store, sourceFileType="BAM", subjectId="s", sampleId="s", name="n", referenceArn=reference(server)
    )["uploadId"]
    content, parts = data("range.bam"), []
    for number, start in enumerate(range(0, len(content), 3000), 1):
        part: dict[str, Any] = {"partNumber": number, "partSource": "SOURCE1"}
        sent = omics.upload_read_set_part(sequenceStoreId=store, uploadId=upload, payload=content[start : start + 3000], **part)
        parts.append(part | {"checksum": sent["checksum"]})
    read_set = omics.complete_multipart_read_set_upload(sequenceStoreId=store, uploadId=upload, parts=parts)["readSetId"]
    server.omics.finish_all()
    came = omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)
    assert came["payload"].read() == content


def reference(server: OmicsServer) -> str:
    omics, s3 = client(server), client(server, "s3")
    s3.create_bucket(Bucket="genomes")
    s3.put_object(Bucket="genomes", Key="ce.fa", Body=data("ce.fa"))
    store = omics.create_reference_store(name="references")["id"]
    source: Any = {"sourceFile": "s3://genomes/ce.fa", "name": "ce10"}
    role = "arn:aws:iam::123456789012:role/omics"
    omics.start_reference_import_job(referenceStoreId=store, roleArn=role, sources=[source])
    server.omics.finish_all()
    arn: str = omics.list_references(referenceStoreId=store)["references"][0]["arn"]
    return arn


def test_errors_have_their_type_status_and_message(server: OmicsServer) -> None:
    omics = client(server)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="7654321") as refused:
        omics.get_run(id="7654321")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_regions_are_told_apart_by_what_a_request_is_signed_for(server: OmicsServer) -> None:
    client(server).create_run_group(name="here")
    assert client(server, region_name="eu-west-1").list_run_groups()["items"] == []
    with pytest.raises(ClientError, match="not available in region 'sa-east-1'"):
        client(server, region_name="sa-east-1").list_run_groups()


def test_image_builder_is_served(server: OmicsServer) -> None:
    assert client(server, "imagebuilder").list_workflows(owner="Self")["workflowVersionList"] == []


def test_the_environment_is_all_that_a_client_needs(server: OmicsServer) -> None:
    code = "import boto3; print(boto3.client('s3').list_buckets()['Buckets'], boto3.client('sts').get_caller_identity()['Account'])"
    shown = subprocess.run([sys.executable, "-c", code], env=server.environment, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["[]", "123456789012"]


def test_a_presigned_url_is_served(server: OmicsServer) -> None:
    omics = client(server)
    omics.create_run_group(name="group")
    url = omics.generate_presigned_url("list_run_groups")
    status, _, body = ask(server.url, "GET", url.removeprefix(server.url), headers={})
    assert (status, [group["name"] for group in json.loads(body)["items"]]) == (200, ["group"])


@pytest.mark.parametrize(
    "host", ["workflows-omics.localhost:80", "tags-omics", "storage-omics.default.svc", "control-storage-omics:1"]
)
def test_hosts_with_prefixes_are_ours(server: OmicsServer, host: str) -> None:
    client(server).create_run_group(name="group")
    for headers in ({"Host": host}, {"Host": host, **SIGNED}):
        status, _, body = ask(server.url, "GET", "/runGroup", headers=headers)
        assert (status, len(json.loads(body)["items"])) == (200, 1)


def test_hosts_of_aws_say_the_region(server: OmicsServer) -> None:
    client(server, region_name="eu-west-1").create_run_group(name="group")
    for host in ("workflows-omics.eu-west-1.amazonaws.com", "omics.eu-west-1.amazonaws.com", "workflows-omics.eu-west-1.api.aws"):
        status, _, body = ask(server.url, "GET", f"http://{host}/runGroup", headers={"Host": host})  # as through a proxy
        assert (status, len(json.loads(body)["items"])) == (200, 1), host


def test_the_names_to_resolve_are_those_of_every_operation() -> None:
    assert host_names("omics") == [
        "omics",
        "analytics-omics",
        "control-storage-omics",
        "storage-omics",
        "tags-omics",
        "workflows-omics",
    ]
    assert environment("http://omics:4567")["AWS_ENDPOINT_URL"] == "http://omics:4567"


# ---- faults ----------------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_lost(server: OmicsServer) -> None:
    omics = client(server, config=ONCE.merge(server.client_kwargs()["config"]))
    server.omics.faults.add("ListRuns", ConnectionFailure("reset"))
    with pytest.raises(ConnectionClosedError):
        omics.list_runs()
    assert omics.list_runs()["items"] == []


def test_a_broken_body_arrives_broken(server: OmicsServer) -> None:
    server.omics.faults.add("ListRuns", TruncatedBody(4))
    assert ask(server.url, "GET", "/run")[2] == b'{"it'


def test_a_fault_that_is_not_used_fails_the_test() -> None:
    with pytest.raises(UnusedFault), OmicsServer() as server:
        server.omics.faults.add("GetRun", "ThrottlingException")


def test_what_a_plan_can_not_do_is_told_and_not_tried_again(server: OmicsServer) -> None:
    server.omics.plan_run(cache_hits=True)
    with pytest.raises(ClientError, match="ValueError: cache_hits: run .* has no cache") as refused:
        start_run(client(server))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


# ---- HTTP that is none -----------------------------------------------------------------------------------------------

HEAD = b"POST /runGroup HTTP/1.1\r\nHost: here\r\nAuthorization: " + SIGNED["Authorization"].encode() + b"\r\n"
BROKEN = {
    "bad JSON": (HEAD + b'Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{"a":', b"400"),
    "no object": (HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]", b"400"),
    "a form": (HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\n" + b'{"name":"a"}', b"415"),
    "a huge header": (HEAD + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
    "many headers": (HEAD + b"X-A: a\r\n" * 200 + b"\r\n", b"431"),
    "a long target": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    "a cut chunk": (HEAD + b'Transfer-Encoding: chunked\r\n\r\n20\r\n{"na', b"400"),
    "no last chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"400"),
    "a chunk of no size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", b"400"),
    "a cut body": (HEAD + b"Content-Length: 50\r\n\r\n{}", b"400"),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n{}", b"400"),
    "an endless length": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", b"400"),
    "too long a body": (HEAD + b"Content-Length: 99999999999999\r\n\r\n{}", b"413"),
    "no target": (b"GET http://[ HTTP/1.1\r\n\r\n", b"400"),
    "an unknown path": (HEAD.replace(b"/runGroup", b"/%ff/.."), b"404"),
    "an unknown method": (HEAD.replace(b"POST", b"BREW") + b"\r\n", b"405"),
    "half a signature": (b"GET /run HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b\r\n\r\n", b"400"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_http_is_refused_and_the_server_goes_on(server: OmicsServer, case: str) -> None:
    request, status = BROKEN[case]
    if b"\r\n\r\n" not in request:
        request += b"\r\n"
    assert send(server, request).split()[1] == status
    assert client(server).list_run_groups()["items"] == []


def test_a_body_in_chunks_is_whole(server: OmicsServer) -> None:
    chunks = b'7\r\n{"name"\r\n18\r\n: "a", "requestId": "1"}\r\n0\r\n\r\n'
    assert send(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).split()[1] == b"201"
    assert [group["name"] for group in client(server).list_run_groups()["items"]] == ["a"]


def test_a_body_in_chunks_has_its_limit_too(server: OmicsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "MAX_BODY", 20)
    chunks = b'7\r\n{"name"\r\n18\r\n: "a", "requestId": "1"}\r\n0\r\n\r\n'
    assert send(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).split()[1] == b"413"
    assert client(server).list_run_groups()["items"] == []


# ---- many at once ----------------------------------------------------------------------------------------------------


def test_64_clients_at_once_lose_nothing_and_leave_no_thread() -> None:
    before = set(threading.enumerate())
    with OmicsServer(log_limit=100) as server:
        names: list[str] = []
        until = time.monotonic() + 1

        def use(number: int) -> None:
            turn = 0
            while time.monotonic() < until:
                name, turn = f"{number}-{turn}", turn + 1
                status, _, body = ask(server.url, "POST", "/runGroup", {"name": "new", "requestId": name})
                assert status == 201, body
                status, _, body = ask(server.url, "POST", f"/runGroup/{json.loads(body)['id']}", {"name": name})
                assert status == 202, body
                names.append(name)

        threads = [threading.Thread(target=use, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pages = server.omics.client(region="us-east-1").get_paginator("list_run_groups").paginate()
        assert Counter(group["name"] for page in pages for group in page["items"]) == Counter(names)
        assert len(names) >= 64
        assert len(server.omics.calls) == 100
    assert gc.isenabled()
    assert set(threading.enumerate()) == before


def test_stopping_answers_what_was_asked_and_hangs_up_on_who_asks_nothing() -> None:
    server = OmicsServer().start()
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as silent:
        assert ask(server.url, "GET", "/run")[0] == 200
        server.stop()
        assert silent.recv(1) == b""
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, int(port))):
        pass


# ---- beside other mocks ----------------------------------------------------------------------------------------------


def test_the_server_is_a_mock_with_a_door(server: OmicsServer) -> None:
    client(server).create_run_group(name="group")
    inside = OmicsMock.current().client(region="us-east-1")
    assert [group["name"] for group in inside.list_run_groups()["items"]] == ["group"]
    assert [call.operation for call in server.omics.calls] == ["CreateRunGroup", "ListRunGroups"]


def test_a_server_in_a_mock_serves_what_the_mock_has() -> None:
    with mock_omics(seed=5) as omics:
        omics.client(region="us-east-1").create_run_group(name="outer")
        with OmicsServer(lifecycle="immediate") as server:
            assert [group["name"] for group in client(server).list_run_groups()["items"]] == ["outer"]
            client(server).create_run_group(name="served")
        assert [group["name"] for group in omics.client(region="us-east-1").list_run_groups()["items"]] == ["outer", "served"]
        assert omics.calls.of("ListRunGroups")


def test_a_mock_in_a_server_joins_it(server: OmicsServer) -> None:
    client(server).create_run_group(name="served")
    for inner in (mock_aws, mock_omics):
        with inner():
            assert boto3.client("omics", region_name="us-east-1").list_run_groups()["items"][0]["name"] == "served"
    assert len(client(server).list_run_groups()["items"]) == 1


def test_the_next_server_begins_with_nothing() -> None:
    for _ in range(2):
        with OmicsServer() as server:
            assert client(server).list_run_groups()["items"] == []
            client(server).create_run_group(name="group")
    with mock_omics() as omics:
        assert omics.client(region="us-east-1").list_run_groups()["items"] == []


def test_two_servers_at_once_serve_the_same(server: OmicsServer) -> None:
    with OmicsServer() as other:
        assert other.url != server.url
        client(other).create_run_group(name="group")
        assert len(client(server).list_run_groups()["items"]) == 1


# ---- beginning and ending --------------------------------------------------------------------------------------------


def test_options_of_the_mock_are_options_of_the_server() -> None:
    with OmicsServer(lifecycle="immediate", now="2026-01-01", quotas={"Maximum run groups": 1}) as server:
        omics = client(server)
        workflow = omics.create_workflow(name="w", definitionZip=archive())["id"]
        assert omics.get_workflow(id=workflow)["creationTime"].year == 2026
        assert omics.get_workflow(id=workflow)["status"] == "ACTIVE"
        omics.create_run_group(name="one")
        with pytest.raises(ClientError, match="ServiceQuotaExceeded"):
            omics.create_run_group(name="two")
    with pytest.raises(TypeError, match="no option colour"):
        OmicsServer(colour="red")
    with pytest.raises(ValueError, match="log_limit"):
        OmicsServer(log_limit=-1)


def test_a_server_says_where_it_is_only_while_it_is() -> None:
    server = OmicsServer()
    assert repr(server) == "<OmicsServer not running>"
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
    with server:
        assert repr(server) == f"<OmicsServer {server.url}>"
        assert server.url.startswith("http://127.0.0.1:")
        assert not server.reachable_from_outside
        with pytest.raises(RuntimeError, match="already"):
            server.start()
    with pytest.raises(RuntimeError, match="without start"):
        server.stop()
    with server:
        assert OmicsControl(server.url).health()["status"] == "ok"


def test_a_port_that_is_taken_is_refused_at_once_and_leaves_no_mock(server: OmicsServer) -> None:
    _, _, port = server.url.rpartition(":")
    active = OmicsMock.current()
    with pytest.raises(OSError, match="in use"):
        OmicsServer(port=int(port)).start()
    assert OmicsMock.current() is active


def test_options_that_do_not_fit_the_outer_mock_leave_no_server(server: OmicsServer) -> None:
    threads = threading.active_count()
    with pytest.raises(ValueError, match="seed=9 differs"):
        OmicsServer(seed=9).start()
    assert threading.active_count() == threads
    assert OmicsMock.current() is server.omics


def test_at_all_addresses_it_is_reached_by_loopback() -> None:
    with OmicsServer("0.0.0.0") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.reachable_from_outside
        assert ask(server.url, "GET", "/run")[0] == 200
