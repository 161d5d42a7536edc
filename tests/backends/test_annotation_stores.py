"""Annotation stores of every format, their options and imports."""

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from tests.support.analytics import FILES, GENERIC, active, any_reference, create, ended, generic, job, jobs, start, stores
from tests.support.sequences import data
from tests.support.storage import bucket
from tests.support.workflows import client, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

ROWS = b"brca1\t10\t0.5\ttrue\nbrca2\t2000\t\tfalse\ntp53\t3\t1\ttrue\n"


def tsv(**options: Any) -> dict[str, Any]:
    return {"storeFormat": "TSV", "storeOptions": {"tsvStoreOptions": options}}


def of_format(omics: "OmicsClient", store_format: str) -> str:
    return generic(omics) if store_format == "TSV" else active(omics, "annotation", storeFormat=store_format)


# ---- options -------------------------------------------------------------------------------------------------------


@pytest.mark.documented
def test_a_store_of_generic_annotations_can_go_without_a_reference(omics: "OmicsClient") -> None:
    made = create(omics, "annotation", storeFormat="TSV", storeOptions=GENERIC)
    assert (made["storeOptions"], "reference" in made) == (GENERIC, False)
    found = omics.get_annotation_store(name="mine")
    assert (found["storeFormat"], found["storeOptions"], "reference" in found) == ("TSV", GENERIC, False)
    updated = omics.update_annotation_store(name="mine", description="as told")
    assert (updated["storeFormat"], updated["storeOptions"], "reference" in updated) == ("TSV", GENERIC, False)
    [item] = stores(omics, "annotation")
    assert not {"reference", "storeOptions", "tags", "numVersions"} & item.keys()
    used = any_reference(omics)
    assert create(omics, "annotation", name="other", storeFormat="TSV", storeOptions=GENERIC, reference=used)["reference"] == used


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"storeFormat": "GFF"}, "reference must be specified for GFF"),
        ({"storeFormat": "VCF"}, "reference must be specified for VCF"),
        ({"storeFormat": "TSV"}, "reference must be specified for TSV"),
        (tsv(), "reference must be specified for TSV"),
        (tsv(annotationType="CHR_POS"), "reference must be specified for TSV"),
        ({"storeFormat": "GFF", "storeOptions": GENERIC}, "storeOptions: a store of GFF files has none"),
        ({"storeFormat": "VCF", "storeOptions": GENERIC}, "storeOptions: a store of VCF files has none"),
        ({"storeFormat": "CSV"}, "storeFormat"),
        ({"storeFormat": "TSV", "storeOptions": {}}, "storeOptions"),
        (tsv(annotationType="SPECIFIC"), "annotationType"),
        (tsv(annotationType="GENERIC", schema=[]), "schema"),
        (tsv(annotationType="GENERIC", schema=[{}]), "schema.1.member"),
        (tsv(annotationType="GENERIC", schema=[{"a": "LONG", "b": "LONG"}]), "schema.1.member"),
        (tsv(annotationType="GENERIC", schema=[{"A": "LONG"}]), "schema"),
        (tsv(annotationType="GENERIC", schema=[{"a": "TEXT"}]), "schema"),
        (tsv(annotationType="GENERIC", schema=[{f"c{number}": "INT"} for number in range(5001)]), "schema"),
        (tsv(annotationType="GENERIC", schema=[{"a": "LONG"}, {"a": "INT"}]), "a column is named twice"),
        (tsv(annotationType="GENERIC", formatToHeader={"XX": "a"}), "formatToHeader"),
        (tsv(annotationType="GENERIC", formatToHeader={"CHR": "b"}, schema=[{"a": "INT"}]), "schema has no column b"),
    ],
)
def test_options_that_do_not_fit_make_no_store(members: dict[str, Any], message: str) -> None:
    with mock_omics():
        omics: Any = unchecked_client()
        with pytest.raises(omics.exceptions.ValidationException, match=message):
            omics.create_annotation_store(name="mine", **members)
        assert stores(omics, "annotation") == []


@pytest.mark.documented
def test_a_schema_of_five_thousand_columns_keeps_its_order(omics: "OmicsClient") -> None:
    schema = [{f"c{number}": "INT"} for number in range(5000, 0, -1)]
    options: Any = {"tsvStoreOptions": {"annotationType": "GENERIC", "schema": schema}}
    assert (
        create(omics, "annotation", reference=any_reference(omics), storeFormat="TSV", storeOptions=options)["storeOptions"]
        == options
    )


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("GENERIC", ""),
        ("CHR_POS", "CHR POS"),
        ("CHR_POS_REF_ALT", "CHR POS REF ALT"),
        ("CHR_START_END_ONE_BASE", "CHR START END"),
        ("CHR_START_END_ZERO_BASE", "CHR START END"),
        ("CHR_START_END_REF_ALT_ONE_BASE", "CHR START END REF ALT"),
        ("CHR_START_END_REF_ALT_ZERO_BASE", "CHR START END REF ALT"),
    ],
)
def test_a_strict_mock_wants_the_columns_that_the_type_is_named_after(kind: str, headers: str) -> None:
    fitting = {header: header.lower() for header in headers.split()}
    for strict in (False, True):
        with mock_omics(strict=strict):
            omics = client()
            with mock_omics():
                used = any_reference(omics)
            create(omics, "annotation", **tsv(annotationType=kind, formatToHeader=fitting), reference=used)
            other = {**fitting, "POS": "p"} if kind == "GENERIC" else {"CHR": "chr"}
            params: Any = {"name": "other", "reference": used, **tsv(annotationType=kind, formatToHeader=other)}
            if strict:
                with pytest.raises(omics.exceptions.ValidationException, match=f"formatToHeader: {kind} needs"):
                    create(omics, "annotation", **params)
            else:
                create(omics, "annotation", **params)


# ---- versions of a store as a whole --------------------------------------------------------------------------------


def test_a_store_with_several_versions_is_deleted_by_force_or_when_only_one_is_left(omics: "OmicsClient") -> None:
    name = generic(omics)
    omics.create_annotation_store_version(name=name, versionName="second")
    with pytest.raises(omics.exceptions.ConflictException, match="several versions"):
        omics.delete_annotation_store(name=name)
    omics.delete_annotation_store_versions(name=name, versions=["second"])
    assert omics.delete_annotation_store(name=name)["status"] == "DELETING"
    omics.get_waiter("annotation_store_deleted").wait(name=name)
    name = generic(omics)
    omics.create_annotation_store_version(name=name, versionName="second")
    assert omics.delete_annotation_store(name=name, force=True)["status"] == "DELETING"
    versions = omics.list_annotation_store_versions(name=name)["annotationStoreVersions"]
    assert [version["status"] for version in versions] == ["DELETING", "DELETING"]
    for lost in ("second", name):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store mine not found"):
            omics.get_annotation_store_version(name=name, versionName=lost)
    generic(omics)
    assert len(omics.list_annotation_store_versions(name=name)["annotationStoreVersions"]) == 1


# ---- imports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store_format", ["VCF", "GFF", "TSV"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_the_store_s_format_are_imported_and_cut_ones_are_not(
    omics: "OmicsClient", store_format: str, packed: bool
) -> None:
    name = of_format(omics, store_format)
    content = data(FILES[store_format]) if store_format in FILES else ROWS
    whole, cut = (gzip.compress(part) if packed else part for part in (content, content[: len(content) // 2]))
    bucket(contents={"whole": whole, "cut": cut, "cut in gzip": gzip.compress(content)[:-10]})
    assert ended(omics, "annotation", start(omics, "annotation", "whole"))["status"] == "COMPLETED"
    for bad in ("cut", "cut in gzip"):
        done = ended(omics, "annotation", start(omics, "annotation", bad))
        assert done["status"] == "FAILED"
        assert any(word in done["statusMessage"] for word in ("cut off", "columns"))
    assert omics.get_annotation_store(name=name)["storeSizeBytes"] == len(whole)
    version = omics.get_annotation_store_version(name=name, versionName=name)
    assert version["versionSizeBytes"] == len(whole)


@pytest.mark.parametrize("store_format", ["VCF", "GFF", "TSV"])
def test_a_file_of_another_format_fails(omics: "OmicsClient", store_format: str) -> None:
    of_format(omics, store_format)
    bucket(*FILES.values(), contents={"rows": ROWS})
    files = {**FILES, "TSV": "rows"}
    outcome = {other: ended(omics, "annotation", start(omics, "annotation", file))["status"] for other, file in files.items()}
    assert outcome == {other: "COMPLETED" if other == store_format else "FAILED" for other in files}


def test_an_import_has_one_source(omics: "OmicsClient") -> None:
    generic(omics)
    with pytest.raises(omics.exceptions.ValidationException, match="one item"):
        start(omics, "annotation", "one", "two")
    assert jobs(omics, "annotation") == []


@pytest.mark.parametrize(
    ("store_format", "fitting", "default"),
    [("TSV", {"tsvOptions"}, {"tsvOptions": {}}), ("VCF", {"vcfOptions"}, {"vcfOptions": {}}), ("GFF", set(), None)],
)
def test_an_import_has_the_options_of_its_store_s_format(
    omics: "OmicsClient", store_format: str, fitting: set[str], default: Any
) -> None:
    of_format(omics, store_format)
    assert job(omics, "annotation", start(omics, "annotation")).get("formatOptions") == default
    given: Any = {"tsvOptions": {"readOptions": {"sep": ",", "header": True}}, "vcfOptions": {"ignoreQualField": True}}
    for member, options in given.items():
        if member in fitting:
            found = job(omics, "annotation", start(omics, "annotation", formatOptions={member: options}))
            assert found["formatOptions"] == {member: options}
        else:
            with pytest.raises(omics.exceptions.ValidationException, match=f"formatOptions: {member} does not go with"):
                start(omics, "annotation", formatOptions={member: options})


@pytest.mark.model
@pytest.mark.parametrize(
    "options",
    [
        {"quote": '""'},
        {"sep": ""},
        {"sep": "x" * 21},
        {"encoding": "x" * 21},
        {"comment": "##"},
        {"escape": ""},
        {"lineSep": "x" * 21},
    ],
)
def test_the_options_of_an_import_have_their_bounds(omics: "OmicsClient", options: Any) -> None:
    generic(omics)
    unchecked: Any = unchecked_client()
    with pytest.raises(unchecked.exceptions.ValidationException, match=next(iter(options))):
        start(unchecked, "annotation", formatOptions={"tsvOptions": {"readOptions": options}})


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (ROWS, {}, ""),
        (ROWS, {"header": True}, ""),
        (ROWS.replace(b"\t", b"||"), {"sep": "||"}, ""),
        (ROWS.replace(b"\t", b","), {"sep": ","}, ""),
        (b"# a comment\n" + ROWS, {"comment": "#"}, ""),
        (b"gene\tstart\tscore\tknown\n" + ROWS, {"header": True}, ""),
        (ROWS.decode().encode("utf-16"), {"encoding": "utf-16"}, ""),
        (b"gene\tstart\tscore\tknown\n" + ROWS, {}, "row 1 of the TSV file has 'start' in a column of type LONG"),
        (ROWS, {"sep": ","}, "row 1 of the TSV file has 1 columns instead of 4"),
        (ROWS + b"one\t1\t1\n", {}, "row 4 of the TSV file has 3 columns instead of 4"),
        (ROWS, {"encoding": "martian"}, "not text in the encoding martian"),
    ],
)
def test_rows_are_read_with_the_options_of_the_job(omics: "OmicsClient", content: bytes, options: Any, why: str) -> None:
    generic(omics)
    bucket(contents={"rows": content})
    done = ended(omics, "annotation", start(omics, "annotation", "rows", formatOptions={"tsvOptions": {"readOptions": options}}))
    assert done["status"] == ("FAILED" if why else "COMPLETED")
    assert why in done["statusMessage"]


def test_what_nobody_made_fits_any_options(omics: "OmicsClient") -> None:
    generic(omics)
    for options in ({}, {"sep": ";", "header": True}, {"lineSep": "|", "comment": "#"}):
        done = ended(omics, "annotation", start(omics, "annotation", formatOptions={"tsvOptions": {"readOptions": options}}))
        assert (done["status"], done["statusMessage"]) == ("COMPLETED", "")


def test_a_reason_names_no_item_of_its_own(omics: "OmicsClient", mocked: OmicsMock) -> None:
    generic(omics)
    bucket(contents={"bad": b"bad"})
    done = ended(omics, "annotation", start(omics, "annotation", "bad"))
    assert done["items"] == [{"source": "s3://reads/bad", "jobStatus": "FAILED"}]
    with pytest.raises(WaiterError):
        omics.get_waiter("annotation_import_job_created").wait(jobId=done["id"])
