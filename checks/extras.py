"""What each extra makes possible, and what happens without it: `python checks/extras.py wdl server`, or with no name for none.

It runs where the package is installed with these extras and nothing else, from outside the checkout.
"""

import asyncio
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import boto3

from omics_mock import mock_omics

WDL = "version 1.0\nworkflow one { input { File reads } call count { input: reads = reads } }\n"
WDL += "task count { input { File reads } command { wc ~{reads} } runtime { cpu: 3 } }\n"
CWL = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: wc\ninputs: {reads: File}\noutputs: []\n"
TEMPLATE = {"Resources": {"Group": {"Type": "AWS::Omics::RunGroup", "Properties": {"Name": "stacked"}}}}


def client(service: str = "omics"):  # type: ignore[no-untyped-def]  # of whatever service
    return boto3.Session("test", "test", region_name="us-east-1").client(service)  # type: ignore[call-overload]  # any service


def lack(use: Callable[[], None]) -> str | None:
    """What is said to be missing when something is used; None when nothing is."""
    try:
        use()
    except ImportError as missing:
        return str(missing)
    return None


def template_of(name: str, definition: str) -> dict[str, object] | None:
    """The parameter template that the mock makes of a definition."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(name, definition)
    with mock_omics(lifecycle="immediate"):
        omics = client()
        made = omics.create_workflow(definitionZip=archive.getvalue(), requestId="r")["id"]
        workflow = omics.get_workflow(id=made)
        assert workflow["status"] == "ACTIVE", workflow.get("statusMessage")
        template: dict[str, object] | None = workflow.get("parameterTemplate")
        return template


def wdl(there: bool) -> None:
    """With miniwdl a workflow has the parameters that its definition declares."""
    assert bool(template_of("main.wdl", WDL)) is there


def cwl(there: bool) -> None:
    """The same with cwl-utils."""
    assert bool(template_of("main.cwl", CWL)) is there


def sequences(there: bool) -> None:
    """With pysam BAM files are counted; FASTQ files always are."""
    with mock_omics(lifecycle="immediate") as mocked:
        for file_type, counted in (("FASTQ", True), ("BAM", there)):
            found = mocked.given.read_set(sourceFileType=file_type)["sequenceInformation"]
            assert ("totalReadCount" in found) is counted, (file_type, found)


def server(there: bool) -> None:
    """With Flask there is a server; without, a sentence says what to install."""

    def serve() -> None:
        from omics_mock.server import OmicsServer

        with OmicsServer() as running:
            omics = boto3.Session("test", "test", region_name="us-east-1").client("omics", **running.client_kwargs())
            assert omics.list_runs()["items"] == []

    lacking = lack(serve)
    assert (lacking is None) is there, lacking
    assert lacking is None or 'pip install "omics-mock[server]"' in lacking, lacking


def aio(there: bool) -> None:
    """With aiobotocore its clients are mocked."""
    if not there:
        return

    async def awaited() -> list[object]:
        from aiobotocore.session import get_session

        async with get_session().create_client("omics", region_name="us-east-1") as omics:
            items: list[object] = (await omics.list_runs())["items"]
            return items

    with mock_omics():
        assert asyncio.run(awaited()) == []


def cloudformation(there: bool) -> None:
    """With what moto reads templates with, stacks make resources."""

    def deploy() -> None:
        with mock_omics():
            client("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(TEMPLATE))
            assert [group["name"] for group in client().list_run_groups()["items"]] == ["stacked"]

    lacking = lack(deploy)
    assert (lacking is None) is there, lacking


def pytest(there: bool) -> None:
    """With pytest there are fixtures."""
    if not there:
        return
    test = "def test_a_fixture(omics_client):\n    assert omics_client.list_runs()['items'] == []\n"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_it.py").write_text(test, encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", folder], cwd=folder, capture_output=True, text=True, check=False
        )
    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr


def types(there: bool) -> None:
    """With the stubs editors and mypy know the clients of the fixtures."""
    assert (find_spec("mypy_boto3_omics") is not None) is there


EXTRAS: dict[str, tuple[str, Callable[[bool], None]]] = {
    "aio": ("aiobotocore", aio),
    "cloudformation": ("cfnlint", cloudformation),
    "cwl": ("cwl_utils", cwl),
    "pytest": ("pytest", pytest),
    "sequences": ("pysam", sequences),
    "server": ("flask", server),
    "types": ("mypy_boto3_omics", types),
    "wdl": ("WDL", wdl),
}
"""Each extra with a module that it brings, and what is to be seen of it."""


def main(*names: str) -> None:
    wanted = set(EXTRAS) if "all" in names else set(names)
    for name, (module, see) in EXTRAS.items():
        there = find_spec(module) is not None
        if name in wanted and not there:
            sys.exit(f"the extra {name} does not bring {module}")
        see(there)
    print(f"extras {', '.join(names) or '(none)'}: as they should be")


if __name__ == "__main__":
    main(*sys.argv[1:])
