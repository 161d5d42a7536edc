"""Image Builder is a second service on the same engine, which knows neither of the two."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore import xform_name
from botocore.loaders import Loader
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

import omics_mock
from omics_mock import mock_imagebuilder, mock_omics
from omics_mock.backends.region import FAMILIES
from omics_mock.engine import NotServedYet
from omics_mock.exceptions import OmicsError
from omics_mock.imagebuilder import exceptions
from omics_mock.imagebuilder.dialect import imagebuilder_engine
from omics_mock.imagebuilder.exceptions import ImageBuilderError
from omics_mock.imagebuilder.workflows import ImageWorkflows
from omics_mock.lifecycle import Lifecycles
from omics_mock.tables import Record
from omics_mock.wire.model import load
from tests.support.imagebuilder import ARN, DOCUMENT, create, refused
from tests.support.workflows import archive

PACKAGE = Path(omics_mock.__file__).parent
HOST = "https://imagebuilder.us-east-1.amazonaws.com"

# ---- what is shared names neither service ---------------------------------------------------------------------------
#
# The names of a service are its operations, its errors, the resources the operations are about ("ReadSet" of
# BatchDeleteReadSet) and the members of all its shapes. Peculiar to HealthOmics are those which Image Builder's model does not
# have and which consist of several words, for a single word ("run", "store", "header", "parameters") is English or Python too;
# each as the model spells it, in snake case, and as words apart. And whatever it is called: omics, HealthOmics.

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


@cache
def names_of(service: str) -> frozenset[str]:
    model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    shapes = model["shapes"]
    found = set(model["operations"]) | {name for name, shape in shapes.items() if shape.get("exception")}
    found |= {"".join(_WORDS.findall(operation)[1:]) for operation in model["operations"]}
    found |= {"".join(_WORDS.findall(operation)[1:]).removesuffix("s") for operation in model["operations"]}
    found.update(*(shape.get("members", ()) for shape in shapes.values()))
    return frozenset(found)


def peculiar_to_healthomics() -> frozenset[str]:
    shared = {name.lower() for name in names_of("imagebuilder")}
    names = {name for name in names_of("omics") if name.lower() not in shared and len(_WORDS.findall(name)) > 1}
    apart = {" ".join(_WORDS.findall(name)).lower() for name in names}
    return frozenset(names | {xform_name(name) for name in names} | apart | {"omics", "HealthOmics"})


def text_of(path: Path) -> str:
    """A module without its import statements."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines)


def test_the_rule_finds_names_of_healthomics_only() -> None:
    peculiar = peculiar_to_healthomics()
    assert {"ReadSet", "read set", "StartRun", "sequenceStoreId", "ValidationException", "run_group", "HealthOmics"} <= peculiar
    assert not {"requestId", "clientToken", "CreateWorkflow", "nextToken", "ResourceNotFoundException", "run"} & peculiar


@pytest.mark.parametrize(
    "path",
    [*sorted((PACKAGE / "wire").glob("*.py")), *sorted((PACKAGE / "validation").glob("*.py")), PACKAGE / "engine.py"],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_the_engine_the_wire_and_the_validation_name_nothing_of_healthomics(path: Path) -> None:
    peculiar = {name.lower() for name in peculiar_to_healthomics()}
    word = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, peculiar), reverse=True))})(?!\w)", re.IGNORECASE)
    assert word.findall(text_of(path)) == []


# ---- every operation, error and host --------------------------------------------------------------------------------


def test_every_operation_served_is_one_of_the_model_s() -> None:
    model = load("imagebuilder")
    assert {operation.name for operation in ImageWorkflows.modelled()} == set(ImageWorkflows.operations)
    assert [operation.name for operation in ImageWorkflows.modelled() if not hasattr(ImageWorkflows, operation.method_name)] == []
    assert ImageWorkflows.url_bases()[0].startswith("https?://imagebuilder")
    assert sum(len(names) for names in ImageWorkflows.url_paths().values()) == len(ImageWorkflows.operations)
    assert model.operations.keys() >= set(ImageWorkflows.operations)


@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")  # older models lack its error
def test_every_error_is_one_of_the_model_s_with_its_status() -> None:
    classes = [found for found in vars(exceptions).values() if isinstance(found, type) and issubclass(found, ImageBuilderError)]
    raised = [found for found in classes if found is not ImageBuilderError]
    assert {found.__name__ for found in raised} <= load("imagebuilder").error_statuses.keys()
    assert exceptions.DryRunOperationException("").status == 412
    assert not issubclass(ImageBuilderError, OmicsError)


def test_every_undeclared_error_is_one_the_operation_does_not_declare() -> None:
    operations = load("imagebuilder").operations
    listed = imagebuilder_engine().dialect.undeclared_errors
    assert [(name, error) for name, error in listed if error in operations[name].errors] == []


# ---- served wherever HealthOmics is ---------------------------------------------------------------------------------


def test_plain_mock_aws_serves_both_services() -> None:
    with mock_aws():
        builder = boto3.client("imagebuilder", region_name="us-east-1")
        create(builder)
        boto3.client("omics", region_name="us-east-1").create_workflow(definitionZip=archive())
        assert len(builder.list_workflows()["workflowVersionList"]) == 1
    with mock_aws():
        assert boto3.client("imagebuilder", region_name="us-east-1").list_workflows()["workflowVersionList"] == []


def test_both_names_of_the_mock_are_one_mock() -> None:
    assert mock_imagebuilder is mock_omics


def test_calls_of_both_services_are_in_one_log() -> None:
    with mock_omics() as mocked:
        create(mocked.client("imagebuilder"))
        mocked.client().create_workflow(definitionZip=archive())
    assert [(call.service, call.operation) for call in mocked.calls] == [
        ("imagebuilder", "CreateWorkflow"),
        ("omics", "CreateWorkflow"),
    ]


def test_a_reset_empties_both_services() -> None:
    with mock_omics() as mocked:
        builder: Any = mocked.client("imagebuilder")
        create(builder)
        mocked.reset()
        assert builder.list_workflows()["workflowVersionList"] == []


def test_an_operation_not_served_says_its_name() -> None:
    with mock_imagebuilder() as mocked, pytest.raises(NotServedYet, match="ListComponents"):
        mocked.client("imagebuilder").list_components()  # type: ignore[attr-defined]  # its stubs are not installed


@pytest.fixture
def answer() -> Iterator[Any]:
    with mock_imagebuilder():
        yield lambda method, path, body=b"": requests.request(method, HOST + path, data=body, timeout=5)


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/CreateWorkflow", b"{", "InvalidRequestException"),
        ("PUT", "/CreateWorkflow", b'{"name": 5}', "InvalidRequestException"),
        ("PUT", "/CreateWorkflow", b"{}", "InvalidParameterValueException"),
        ("POST", "/ListWorkflows", b'{"maxResults": 101}', "InvalidParameterValueException"),
        ("POST", "/ListWorkflows", b'{"nextToken": ""}', "InvalidPaginationTokenException"),
        ("GET", "/GetWorkflow", b"", "InvalidParameterValueException"),
        ("POST", "/tags/", b'{"tags": {"a": ""}}', "InvalidParameterException"),
        ("POST", "/tags/arn%3Aaws", b"[]", "InvalidParameterException"),
    ],
)
def test_a_request_no_client_writes_is_refused_in_the_service_s_words(
    answer: Any, method: str, path: str, body: bytes, code: str
) -> None:
    answered = answer(method, path, body)
    assert (answered.status_code, answered.headers["x-amzn-ErrorType"]) == (400, code)
    assert answered.json()["message"]


def test_iam_lets_a_user_do_what_the_policy_allows_and_no_more() -> None:
    code = "AccessDeniedException" if "AccessDeniedException" in load("imagebuilder").error_statuses else "ForbiddenException"
    with mock_imagebuilder() as mocked:
        iam: Any = boto3.client("iam", region_name="us-east-1")
        iam.create_user(UserName="someone")
        keys = iam.create_access_key(UserName="someone")["AccessKey"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "imagebuilder:List*", "Resource": "*"}]}
        iam.put_user_policy(UserName="someone", PolicyName="lists", PolicyDocument=json.dumps(policy))
        builder: Any = mocked.client(
            "imagebuilder", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"]
        )

        @set_initial_no_auth_action_count(0)
        def guarded() -> None:
            builder.list_workflows()
            with refused(code, 403, saying="imagebuilder:CreateWorkflow"):
                create(builder)
            with refused(code, 403, saying="imagebuilder:TagResource"):
                builder.tag_resource(resourceArn=f"{ARN}/1.0.0/1", tags={"a": ""})

        guarded()


def test_the_dashboard_shows_what_there_is() -> None:
    with mock_imagebuilder() as mocked:
        create(mocked.client("imagebuilder"), data=DOCUMENT)
        shown = requests.get("http://motoapi.amazonaws.com/moto-api/data.json", timeout=5).json()
    assert [build["name"] for build in shown["imagebuilder"]["Image workflow"]] == ["My Flow"]


def test_what_takes_time_in_a_service_without_events_is_told_to_nobody() -> None:
    entered: list[str] = []
    lifecycles, build = Lifecycles(), Record()
    with mock_omics(lifecycle="immediate"):
        lifecycles.begin("build", build, ("BUILDING", "TESTING", "AVAILABLE"), lambda _, status, __: entered.append(status))
        assert build.status == "BUILDING"
        lifecycles.settle()
    assert entered == ["TESTING", "AVAILABLE"]


def test_the_families_of_the_services_are_apart() -> None:
    assert {family.service for family in FAMILIES} == {"omics"}
    assert ImageWorkflows.service == "imagebuilder"
