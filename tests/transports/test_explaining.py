"""What errors say below their message, and that the message stays AWS's."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, WaiterError
from botocore.parsers import ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from moto.core.botocore_stubber import MockRawResponse

from omics_mock import OmicsMock, mock_omics
from omics_mock.exceptions import ConflictException, ResourceNotFoundException
from tests.support.imagebuilder import DOCUMENT, create
from tests.support.storage import imported, read_sets, sequence_store
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run

HERE = "123456789012/us-east-1"


def notes(call: Any, **params: Any) -> list[str]:
    """What the error of a call says below its message."""
    with pytest.raises((ClientError, WaiterError)) as caught:
        call(**params)
    assert not any(note in str(caught.value) for note in getattr(caught.value, "__notes__", []))
    return getattr(caught.value, "__notes__", [])


# ---- what is not found -----------------------------------------------------------------------------------------------


def test_an_unknown_id_lists_what_there_is() -> None:
    with mock_omics() as omics:
        assert notes(client().get_run, id="1") == [f"this mock has no runs yet in {HERE}"]
        workflow = active_workflow(client())
        runs = [start_run(client(), workflowId=workflow) for _ in range(5)]
        assert notes(client().get_run, id="1") == [f"this mock has runs {', '.join(runs)} in {HERE}"]
        more = [start_run(client(), workflowId=workflow) for _ in range(2)]
        assert notes(client().cancel_run, id="1") == [f"this mock has runs {', '.join(runs)} and {len(more)} more in {HERE}"]
        assert omics.calls[-1].error is not None


def test_an_id_of_another_account_or_region_or_kind_is_pointed_out() -> None:
    with mock_omics() as omics:
        workflow = active_workflow(client())
        there = omics.client(region="eu-west-1", account="111122223333")
        assert notes(there.get_workflow, id=workflow) == [
            "this mock has no workflows yet in 111122223333/eu-west-1",
            f"{workflow} exists in {HERE}",
        ]
        assert notes(client().get_run, id=workflow)[1:] == [f"{workflow} is a workflow here"]


def test_what_was_deleted_is_said_to_be() -> None:
    with mock_omics(now="2026-01-02"):
        group = client().create_run_group()["id"]
        client().delete_run_group(id=group)
        assert notes(client().get_run_group, id=group) == [
            f"this mock has no run groups yet in {HERE}",
            f"{group} was deleted by DeleteRunGroup at 2026-01-02T00:00:00+00:00",
        ]
        store = sequence_store(client())
        read_set = imported(client(), store)
        client().batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
        assert "BatchDeleteReadSet" in notes(client().get_read_set_metadata, sequenceStoreId=store, id=read_set)[1]
        client().batch_delete_read_set(sequenceStoreId=store, ids=["1234567890"])
        assert len(notes(client().get_read_set_metadata, sequenceStoreId=store, id="1234567890")) == 1


def test_what_belongs_to_another_store_is_listed_with_it() -> None:
    with mock_omics():
        one, other = sequence_store(client()), sequence_store(client())
        read_set = imported(client(), one)
        assert notes(client().get_read_set_metadata, sequenceStoreId=other, id=read_set) == [
            f"this mock has read sets {read_set} (of {one}) in {HERE}",
            f"{read_set} belongs to {one}",
        ]
        second = imported(client(), other)
        wrong = notes(client().get_read_set_metadata, sequenceStoreId=other, id="1234567890")
        assert wrong == [f"this mock has read sets {second}, {read_set} (of {one}) in {HERE}"]
        assert read_sets(client(), one) == [read_set]


def test_what_is_within_a_resource_is_listed_from_it() -> None:
    with mock_omics() as omics:
        run = start_run(client())
        assert notes(client().get_run_task, id=run, taskId="1") == [f"this mock has no tasks yet in {HERE}"]
        omics.finish_all()
        tasks = [task["taskId"] for task in client().list_run_tasks(id=run)["items"]]
        assert notes(client().get_run_task, id=run, taskId="1") == [f"this mock has tasks {', '.join(tasks[::-1])} in {HERE}"]


@pytest.mark.operation("CreateWorkflowVersion")
def test_versions_are_listed_from_their_workflow() -> None:
    with mock_omics():
        workflow = active_workflow(client())
        client().create_workflow_version(workflowId=workflow, versionName="v1", definitionZip=archive())
        assert notes(client().get_workflow_version, workflowId=workflow, versionName="v2") == [
            f"this mock has workflow versions v1 in {HERE}"
        ]


def test_what_is_known_by_its_name_is_listed_by_it() -> None:
    with mock_omics():
        client().create_annotation_store(
            name="genes",
            storeFormat="TSV",
            storeOptions={"tsvStoreOptions": {"annotationType": "GENERIC", "schema": [{"gene": "STRING"}]}},
        )
        assert notes(client().get_annotation_store, name="other") == [f"this mock has annotation stores genes in {HERE}"]


def test_an_arn_of_elsewhere_is_pointed_out() -> None:
    with mock_omics():
        workflow = active_workflow(client())
        arn = f"arn:aws:omics:eu-west-1:111122223333:workflow/{workflow}"
        assert notes(client().list_tags_for_resource, resourceArn=arn) == [
            f"{workflow} is a workflow here",
            f"the ARN is of 111122223333/eu-west-1, and the call of {HERE}",
        ]


def test_a_ready2run_workflow_asked_for_without_its_type_is_pointed_out() -> None:
    with mock_omics():
        assert "READY2RUN" in notes(client().get_workflow, id="7330987")[0]
        assert "READY2RUN" not in notes(client().get_workflow, id="1")[0]


def test_shares_of_other_accounts_are_not_listed() -> None:
    with mock_omics() as omics:
        workflow = active_workflow(client())
        arn = client().get_workflow(id=workflow)["arn"]
        share = client().create_share(resourceArn=arn, principalSubscriber="111122223333")["shareId"]
        assert share in notes(client().get_share, shareId="nothing")[0]
        assert share in notes(omics.client(account="111122223333").get_share, shareId="nothing")[0]
        assert notes(omics.client(account="444455556666").get_share, shareId=share) == [
            "this mock has no shares yet in 444455556666/us-east-1",
            f"{share} exists in {HERE}",
            f"{share} exists in 111122223333/us-east-1",
        ]


def test_image_builder_lists_what_there_is_too() -> None:
    with mock_omics() as omics:
        builder: Any = omics.client("imagebuilder")
        arn = create(builder, data=DOCUMENT)
        assert notes(builder.get_workflow, workflowBuildVersionArn=arn[:-1] + "9") == [
            f"this mock has image workflows {arn} in {HERE}"
        ]


# ---- other refusals --------------------------------------------------------------------------------------------------


def test_a_conflict_says_what_state_it_is_about_and_how_to_leave_it() -> None:
    with mock_omics(lifecycle="frozen") as omics:
        workflow = client().create_workflow(definitionZip=archive())["id"]
        [note] = notes(client().start_run, workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here")
        assert f"workflow {workflow} is CREATING and the lifecycle of \"workflow\" 'frozen'; ahead: ACTIVE" in note
        assert f'omics.advance("{workflow}", to="ACTIVE")' in note
        omics.advance(workflow, to="ACTIVE")
        run = start_run(client(), workflowId=workflow)
        [note] = notes(client().delete_run, id=run)
        assert f'omics.advance("{run}", to="COMPLETED")' in note
        omics.advance(run, to="COMPLETED")
        [note] = notes(client().cancel_run, id=run)
        assert note.startswith('nothing lies ahead of COMPLETED; omics.lifecycle("run", "frozen")')
        client().delete_run(id=run)


@pytest.mark.operation("CreateRunCache")
def test_a_conflict_names_what_is_under_way_below() -> None:
    with mock_omics(lifecycle="frozen") as omics:
        cache = client().create_run_cache(cacheS3Location="s3://results/cache")["id"]
        workflow = client().create_workflow(definitionZip=archive())["id"]
        omics.advance(workflow, to="ACTIVE")
        runs = [start_run(client(), workflowId=workflow, cacheId=cache) for _ in range(7)]
        told = notes(client().delete_run_cache, id=cache)
        assert [run in note for run, note in zip(runs, told, strict=False)] == [True] * 5 + [False]
        assert told[-1] == "2 more are under way"


def test_a_refusal_by_access_control_says_that_it_is_on() -> None:
    with mock_omics() as omics:
        iam: Any = omics.client("iam")
        iam.create_user(UserName="someone")
        keys = iam.create_access_key(UserName="someone")["AccessKey"]
        user = omics.client(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])

        @set_initial_no_auth_action_count(0)
        def guarded() -> None:
            [note] = notes(user.list_runs)
            assert "access control is on" in note
            assert "no policy of arn:aws:iam::123456789012:user/someone allows this" in note
            [note] = notes(omics.client().list_runs)
            assert "keys made through the mock's IAM" in note

        guarded()


def test_a_fault_says_that_it_is_one() -> None:
    with mock_omics() as omics:
        omics.faults.add("GetRun", "ResourceNotFoundException", message="Run 1 not found")
        assert notes(client().get_run, id="1") == [
            "omics.faults made this happen: GetRun: ResourceNotFoundException was used 1 of 1 times, with 1 matching calls"
        ]


def test_refusals_with_nothing_to_add_have_no_notes() -> None:
    with mock_omics():
        assert notes(client().create_run_group, maxCpus=1_000_000) == []
        client().create_sequence_store(name="one", clientToken="same")
        assert notes(client().create_sequence_store, name="two", clientToken="same") == []


# ---- waiters ---------------------------------------------------------------------------------------------------------


def test_a_waiter_for_running_names_the_policy_that_hides_it() -> None:
    with mock_omics(lifecycle="immediate"):
        [note] = notes(client().get_waiter("run_running").wait, id=start_run(client()))
        assert note.startswith("the last answer said COMPLETED; the lifecycle of \"run\" is 'immediate': under it no answer says")


def test_a_waiter_for_what_stands_still_names_the_policy() -> None:
    with mock_omics() as omics:
        omics.lifecycle("run", "frozen")
        [note] = notes(client().get_waiter("run_completed").wait, id=start_run(client()))
        assert "is 'frozen'" in note
        assert "omics.finish_all()" in note


def test_a_waiter_passes_on_what_the_refusal_says() -> None:
    with mock_omics():
        assert notes(client().get_waiter("run_running").wait, id="1") == [f"this mock has no runs yet in {HERE}"]


# ---- what stays as it is ---------------------------------------------------------------------------------------------


def test_the_answer_on_the_wire_has_no_notes() -> None:
    with mock_omics() as omics:
        active_workflow(client())
        url = omics.client().generate_presigned_url("get_workflow", {"id": "1"})
        answer = requests.get(url, timeout=1)
        assert (answer.status_code, answer.json()) == (404, {"message": "Workflow 1 not found"})
        assert set(answer.headers) >= {"x-amzn-ErrorType"}
        assert "this mock" not in json.dumps(dict(answer.headers))
        with pytest.raises(ClientError) as caught:
            client().get_workflow(id="1")
        assert str(caught.value) == (
            "An error occurred (ResourceNotFoundException) when calling the GetWorkflow operation: Workflow 1 not found"
        )
        assert caught.value.response["Error"] == {"Message": "Workflow 1 not found", "Code": "ResourceNotFoundException"}
        assert isinstance(caught.value, client().exceptions.ResourceNotFoundException)


def test_calls_that_succeed_are_not_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("something was explained")

    with mock_omics():
        monkeypatch.setattr("omics_mock.transports.serving.notes", fail)
        monkeypatch.setattr("omics_mock.explanations.notes", fail)
        run = start_run(client())
        client().get_waiter("run_completed").wait(id=run)


def test_an_answer_of_another_service_gets_no_notes() -> None:
    with mock_omics() as omics:
        assert notes(client().get_run, id="1") != []
        s3: Any = omics.client("s3")
        assert notes(s3.get_bucket_acl, Bucket="nowhere") == []


def test_botocore_is_as_before_when_the_mock_has_ended() -> None:
    before = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private
    with mock_aws(), mock_omics():
        assert BaseClient._make_api_call is not before  # type: ignore[attr-defined]  # as above
    assert BaseClient._make_api_call is before  # type: ignore[attr-defined]  # as above


def test_threads_do_not_see_each_others_notes() -> None:
    seen: dict[str, list[str]] = {}
    with mock_omics():
        omics = client()
        ready = threading.Barrier(8)

        def ask(number: str) -> None:
            ready.wait()
            for _ in range(20):
                with pytest.raises(ClientError) as caught:
                    omics.tag_resource(resourceArn=f"arn:aws:omics:us-east-1:{number * 12}:workflow/1", tags={"a": "b"})
                seen.setdefault(number, []).extend(caught.value.__notes__)

        threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {number: set(told) for number, told in seen.items()} == {
        str(number): {f"the ARN is of {str(number) * 12}/us-east-1, and the call of {HERE}"} for number in range(8)
    }


@settings(max_examples=25)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_whatever_is_not_found_is_explained(name: str) -> None:
    with mock_omics():
        client().create_run_group(name="group")
        with pytest.raises(ClientError) as caught:
            client().list_tags_for_resource(resourceArn=f"arn:aws:omics:us-east-1:123456789012:{name}")
        assert caught.value.response["Error"]["Code"] in ("ResourceNotFoundException", "ValidationException")


def test_pytest_shows_the_notes(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import boto3\n"
        "from omics_mock import mock_omics\n"
        "@mock_omics\n"
        "def test_it():\n"
        "    boto3.client('omics', region_name='us-east-1').get_run(id='1')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_it.py")]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=_environment(), check=False).stdout
    assert f"this mock has no runs yet in {HERE}" in shown


def _environment() -> dict[str, str]:
    import os

    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join((root, os.environ.get("PYTHONPATH", "")))}


# ---- services nobody mocks -------------------------------------------------------------------------------------------


def test_a_service_that_moto_does_not_mock_is_named() -> None:
    with mock_omics() as omics:
        health: Any = omics.client("healthlake")
        with pytest.raises(
            ClientError, match=r"moto \d+\.\d+\.\d+ does not mock healthlake, and omics_mock adds omics and"
        ) as caught:
            health.list_fhir_datastores()
        assert caught.value.response["Error"]["Code"] == "404"
        images: Any = omics.client("medical-imaging")
        with pytest.raises(ClientError, match="does not mock medical-imaging"):
            images.list_datastores()


def test_a_service_that_speaks_xml_is_named_too() -> None:
    with mock_omics() as omics:
        search: Any = omics.client("cloudsearch")
        with pytest.raises(ResponseParserError) as caught:
            search.list_domain_names()
        assert "does not mock cloudsearch" in caught.value.__notes__[0]


def test_an_answer_in_broken_xml_is_not_explained() -> None:
    with mock_omics() as omics:
        search: Any = omics.client("cloudsearch")
        answer = AWSResponse("https://cloudsearch", 200, HTTPHeaders(), MockRawResponse(b"<Domains"))
        search.meta.events.register_first("before-send.cloudsearch", lambda **_: answer)
        with pytest.raises(ResponseParserError) as caught:
            search.list_domain_names()
        assert not hasattr(caught.value, "__notes__")


def test_an_operation_that_moto_leaves_out_of_a_service_is_not_blamed_on_the_service() -> None:
    with mock_omics() as omics, pytest.raises(ClientError, match="mocks glacier, but not this operation"):
        glacier: Any = omics.client("glacier")
        glacier.list_provisioned_capacity()


def test_a_test_may_raise_errors_with_notes_of_its_own() -> None:
    def paused(params: dict[str, Any]) -> dict[str, Any]:
        error = ConflictException("The run is busy")
        error.add_note("a note of the test")
        raise error

    with mock_omics() as omics:
        omics.on("CancelRun", paused)
        assert notes(client().cancel_run, id="1") == ["a note of the test"]
        assert isinstance(omics.calls.only.error, ConflictException)
        assert not isinstance(omics.calls.only.error, ResourceNotFoundException)
        assert OmicsMock.current() is omics
        assert boto3.client("omics", region_name="us-east-1").list_runs()["items"] == []
