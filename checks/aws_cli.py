"""Use the server from the AWS CLI: definitions, runs, uploads and downloads, pages, errors, exit codes."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from omics_mock.server import OmicsControl

ROLE = "arn:aws:iam::123456789012:role/omics"
SECONDS = 120


def main() -> None:
    with served() as environment, TemporaryDirectory() as folder:
        control = OmicsControl(environment["AWS_ENDPOINT_URL"])
        os.environ.update(environment, AWS_CONFIG_FILE=os.devnull, AWS_PAGER="")

        archive = Path(folder, "definition.zip")
        with ZipFile(archive, "w") as definition:
            definition.writestr("main.wdl", "version 1.0\nworkflow hello {}\n")
        workflow = aws("create-workflow", "--name", "hello", "--definition-zip", f"fileb://{archive}")["id"]
        control.finish_all()  # the CLI sleeps between polls
        aws("wait", "workflow-active", "--id", workflow)
        run = aws("start-run", "--workflow-id", workflow, "--role-arn", ROLE, "--output-uri", "s3://bucket/out", "--name", "first")
        control.finish_all()
        aws("wait", "run-completed", "--id", run["id"])
        assert aws("get-run", "--id", run["id"])["status"] == "COMPLETED"

        for name in ("second", "third"):
            aws("create-run-group", "--name", name)
        groups = aws("list-run-groups", "--page-size", "1")["items"]
        assert {group["name"] for group in groups} == {"second", "third"}
        assert len(control.calls.of("ListRunGroups")) > 1
        assert len(aws("list-run-groups", "--max-items", "1")["items"]) == 1

        reads = Path(folder, "reads.fastq.gz")
        reads.write_bytes(gzip.compress(b"@r1\nACGT\n+\nIIII\n"))
        store = aws("create-sequence-store", "--name", "store")["id"]
        file = ("--source-file-type", "FASTQ", "--subject-id", "subject", "--sample-id", "sample", "--name", "reads")
        at_store = ("--sequence-store-id", store)
        upload = aws("create-multipart-read-set-upload", *at_store, *file)["uploadId"]
        part = ("--part-source", "SOURCE1", "--part-number", "1")
        sent = aws("upload-read-set-part", *at_store, "--upload-id", upload, *part, "--payload", str(reads))
        parts = json.dumps([{"partNumber": 1, "partSource": "SOURCE1", "checksum": sent["checksum"]}])
        read_set = aws("complete-multipart-read-set-upload", *at_store, "--upload-id", upload, "--parts", parts)["readSetId"]
        control.finish_all()
        came = Path(folder, "came.fastq.gz")
        aws("get-read-set", *at_store, "--id", read_set, "--part-number", "1", str(came))
        assert came.read_bytes() == reads.read_bytes()

        refused = run_aws("get-run", "--id", "7654321")
        assert refused.returncode in (254, 255), refused  # of version 2, of version 1
        assert "(ResourceNotFoundException)" in refused.stderr, refused


def aws(*arguments: str) -> Any:
    """What ``aws omics ...`` answers."""
    done = run_aws(*arguments)
    if done.returncode:
        sys.exit(f"aws omics {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout or "null")


def run_aws(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "awscli", "omics", *arguments, "--output", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """The environment that `omics-mock serve` prints, while it serves."""
    server = subprocess.Popen([sys.executable, "-m", "omics_mock", "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("omics-mock listening on http://127.0.0.1:")
        environment = {}
        while "AWS_REGION" not in environment:  # the last one
            name, _, value = server.stdout.readline().rstrip().partition("=")
            environment[name] = value
        yield environment
    finally:
        server.terminate()
        assert server.wait(SECONDS) == 0


if __name__ == "__main__":
    main()
