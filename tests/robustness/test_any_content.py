"""Definitions, documents and sequence files that mean harm: refused, or read, within bounds of time and memory."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omics_mock import mock_omics
from omics_mock.annotations import FileFormat
from omics_mock.definitions import analysis
from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.imagebuilder.documents import declared_parameters
from omics_mock.imagebuilder.exceptions import InvalidParameterValueException
from omics_mock.sequences import InvalidFile
from omics_mock.server.archive import unpack
from tests.support.analytics import SCHEMA
from tests.support.bounds import using_at_most, within
from tests.support.hostile_content import (
    ANNOTATIONS,
    CWL_TEXTS,
    NEXTFLOW_TEXTS,
    SCHEMAS,
    SEQUENCES,
    WDL_TEXTS,
    YAML,
    archives,
    bams,
    damaged,
    gzip_bomb,
    noise,
)
from tests.support.imagebuilder import DOCUMENT
from tests.support.sequences import kept, look, look_at_reference
from tests.support.workflows import archive

SECONDS = 2.0
ARCHIVES = archives()


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The parsers read their own grammars once."""
    for text in ("workflow w {}", "version 1.0\nworkflow w {}", "version 1.2\nworkflow w {}"):
        analysis.analyse(archive({"main.wdl": text}))
    became(archive({"main.cwl": CWL_TEXTS["yaml: tabs"]}), None)


def became(content: bytes, engine: str | None, main: str | None = None) -> str:
    """Why an archive can not become a workflow; nothing if it can."""
    analysis._known.clear()
    try:
        analysis.analyse(content, engine, main)
    except InvalidDefinition as invalid:
        return said(invalid)
    return ""


def said(refusal: Exception) -> str:
    """What there is to say of a file that is refused."""
    assert str(refusal)
    assert "Traceback" not in str(refusal)
    return str(refusal)


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_is_read_or_refused(case: str) -> None:
    with within(SECONDS, case):
        became(ARCHIVES[case], None)
    if "bomb" in case:
        with using_at_most(40, case):
            became(ARCHIVES[case], None)


@pytest.mark.parametrize(
    "case", ["a bomb", "damaged lzma", "damaged bzip2", "too much declared", "empty", "a bzip2 bomb that lies"]
)
def test_a_workflow_of_such_an_archive_fails(case: str) -> None:
    with mock_omics() as mock:
        if not ARCHIVES[case]:
            return
        omics: Any = mock.client(region="us-east-1")
        made = omics.create_workflow(definitionZip=ARCHIVES[case])["id"]
        mock.finish_all()
        shown = omics.get_workflow(id=made)
        assert shown["status"] == "FAILED"
        assert shown["statusMessage"].startswith("Invalid zip file")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((f"main.wdl {case}", text) for case, text in WDL_TEXTS.items()),
        *((f"main.cwl {case}", text) for case, text in CWL_TEXTS.items()),
        *((f"main.nf {case}", text) for case, text in NEXTFLOW_TEXTS.items()),
        *((f"nextflow.config {case}", text) for case, text in NEXTFLOW_TEXTS.items()),
        *((f"nextflow_schema.json {case}", text) for case, text in SCHEMAS.items()),
    ],
    ids=lambda value: value if " " in value and len(value) < 60 and "\n" not in value else "",
)
def test_a_definition_is_read_or_refused(name: str, text: str) -> None:
    file = name.partition(" ")[0]
    files: dict[str, str | bytes] = {file: text.encode(errors="surrogatepass")}
    if file.startswith("nextflow"):
        files["main.nf"] = "process A {\nscript:\n''\n}\n"
    files["noise.txt"] = noise(4_000)
    with within(SECONDS, name):
        became(archive(files), None)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig", "utf-16-le", "cp037", "utf-7"])
@pytest.mark.parametrize(
    ("file", "text"), [("main.wdl", "version 1.0\nworkflow w {}"), ("main.cwl", CWL_TEXTS["yaml: tabs"]), ("main.nf", "x")]
)
def test_a_definition_in_another_encoding_is_read_or_refused(file: str, text: str, encoding: str) -> None:
    became(archive({file: text.encode(encoding)}), None)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("case", YAML)
def test_a_document_is_read_or_refused(case: str, strict: bool) -> None:
    for text in (YAML[case], DOCUMENT + YAML[case], DOCUMENT + "parameters:\n" + YAML[case].replace("a:", "- a:", 1)):
        with within(SECONDS, case):
            try:
                found = declared_parameters(text, "BUILD", strict)
            except InvalidParameterValueException as refused:
                said(refused)
            else:
                assert len(str(found)) < 1 << 20


def read(kind: str, content: bytes) -> str:
    """Why a file is refused; nothing if it is not."""
    try:
        if kind == "FASTA":
            look_at_reference(content)
        elif kind in SEQUENCES:
            look(kind, content)
        else:
            FileFormat(kind, SCHEMA if kind == "TSV" else ()).check(kept(content))
    except InvalidFile as invalid:
        return said(invalid)
    return ""


KINDS = (*SEQUENCES, *ANNOTATIONS, "TSV")
BEGINNINGS = {
    "FASTQ": b"@a\n",
    "FASTA": b">a\n",
    "VCF": b"##fileformat=VCFv4.2\n",
    "GFF": b"##gff-version 3\n",
    "TSV": b"gene\t1\t2\t",
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_small_only_when_compressed_is_read_in_portions(kind: str, examples: int) -> None:
    for byte, size in ((b"A", 48), *((byte, min(48, examples)) for byte in (b"\n", b"@", b"\0", b"\t", b'"'))):
        content = gzip_bomb(size << 20, BEGINNINGS.get(kind, b""), byte)
        with within(2 * SECONDS * max(1, size / 5), f"{kind} {byte!r}"):
            read(kind, content)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_small_only_when_compressed_takes_little_memory(kind: str) -> None:
    content = gzip_bomb(2 << 20, BEGINNINGS.get(kind, b""), b"a\n" if kind != "FASTQ" else b"A\n")
    with using_at_most(8, kind):
        read(kind, content)


@pytest.mark.parametrize("case", bams())
def test_lengths_in_a_file_are_not_believed(case: str) -> None:
    with within(SECONDS, case):
        assert read("BAM", bams()[case]) or case == "noise"


@pytest.mark.parametrize("kind", [*SEQUENCES, *ANNOTATIONS])
def test_a_damaged_file_is_read_or_refused(kind: str, examples: int) -> None:
    name = {**SEQUENCES, **ANNOTATIONS}[kind]

    @settings(max_examples=4 * examples, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 1 << 32))
    def check(seed: int) -> None:
        content = damaged(name, random.Random(seed))
        with within(SECONDS, f"{kind} {seed}"):
            read(kind, content)

    run: Callable[[], None] = check
    run()


@settings(suppress_health_check=list(HealthCheck))
@given(st.sampled_from(KINDS), st.binary(max_size=100), st.booleans())
def test_noise_is_read_or_refused(kind: str, content: bytes, begun: bool) -> None:
    read(kind, (BEGINNINGS.get(kind, b"") if begun else b"") + content)


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_is_no_state_of_a_server(case: str, tmp_path: Path) -> None:
    with within(SECONDS, case), suppress(ValueError):
        unpack(ARCHIVES[case], tmp_path)
