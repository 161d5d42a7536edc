"""Dumps: all resources of all accounts and regions in a folder, and back in another process."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock import OmicsMock, mock_omics
from omics_mock.dumps import FILE, FORMAT
from omics_mock.dumps.known import METHODS, RECORDS, attributes_of
from omics_mock.tables import Record
from tests.support.everything import Client, steps
from tests.support.storage import bucket, imported, sequence_store, uploaded
from tests.support.workflows import active_workflow, archive, client, shared_client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

NOW = "2026-01-02T03:04:05"


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now=NOW) as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read(folder: Path) -> Any:
    return json.loads((folder / FILE).read_text(encoding="utf-8", errors="surrogatepass"))


def write(folder: Path, document: Any) -> None:
    (folder / FILE).write_text(json.dumps(document), encoding="utf-8")


def filled(user: Client) -> None:
    """Something of each kind, some of it under way."""
    for round_ in range(3):
        for number, name in enumerate(steps()):
            if name not in ("finish", "wait", "delete_workflow", "delete_sequence_store") or round_ == 0:
                user.take(name, number + round_)
    for name in ("make_workflow", "start_run", "import_read_set", "import_annotations", "begin_upload", "upload_part"):
        user.take(name, 1)


def answers(user: Client) -> Iterator[Any]:
    """What the Gets and Lists say, of things under way too."""
    omics, friend, builder = user.omics, user.friend, user.builder
    for run in omics.list_runs()["items"]:
        found = omics.get_run(id=run["id"])
        yield found
        for task in omics.list_run_tasks(id=run["id"])["items"]:
            yield omics.get_run_task(id=run["id"], taskId=task["taskId"])
    for store in omics.list_sequence_stores()["sequenceStores"]:
        yield omics.get_sequence_store(id=store["id"])
        of_store = {"sequenceStoreId": store["id"]}
        for name in "read_sets", "read_set_import_jobs", "read_set_activation_jobs", "read_set_export_jobs":
            yield getattr(omics, f"list_{name}")(**of_store)
        for upload in omics.list_multipart_read_set_uploads(**of_store)["uploads"]:
            yield omics.list_read_set_upload_parts(**of_store, uploadId=upload["uploadId"], partSource="SOURCE1")
        for read_set in omics.list_read_sets(**of_store)["readSets"]:
            yield omics.list_tags_for_resource(resourceArn=read_set["arn"])
            if read_set["status"] == "ACTIVE":
                yield omics.get_read_set(**of_store, id=read_set["id"], partNumber=1)["payload"].read()
    for name in "workflows", "run_groups", "annotation_stores", "variant_stores", "annotation_import_jobs", "variant_import_jobs":
        yield getattr(omics, f"list_{name}")()
    yield omics.list_shares(resourceOwner="SELF")
    yield friend.list_shares(resourceOwner="OTHER")
    yield builder.list_workflows(owner="Self")
    yield user.elsewhere.list_run_groups()


def seen(user: Client) -> list[Any]:
    found = list(answers(user))
    for answer in found:
        if isinstance(answer, dict):
            del answer["ResponseMetadata"]
    return found


# ---- there and back ------------------------------------------------------------------------------------------------


def test_in_another_mock_everything_is_as_it_was_and_goes_on_in_the_same_way(tmp_path: Path) -> None:
    with mock_omics(now=NOW, lifecycle=600.0) as mock:
        user = Client(mock)
        filled(user)
        mock.dump(tmp_path / "first")
        memory = user.memory
        expected = seen(user), mock.clock.now()
        mock.clock.advance(300)
        later = seen(user)
        user.take("start_run", 5)
        mock.dump(tmp_path / "last")
    with mock_omics(seed=9, lifecycle=600.0) as mock:
        user = Client(mock)
        mock.load(tmp_path / "first")
        user.memory = memory
        mock.dump(tmp_path / "again")
        assert (seen(user), mock.clock.now()) == expected
        mock.clock.advance(300)
        assert seen(user) == later
        user.take("start_run", 5)
        mock.dump(tmp_path / "last again")
    assert files(tmp_path / "again") == files(tmp_path / "first")
    assert files(tmp_path / "last again")[FILE] == files(tmp_path / "last")[FILE]


def test_a_dump_is_readable(omics: "OmicsClient", mocked: OmicsMock, tmp_path: Path) -> None:
    omics.create_run_group(name="Gruppe für alle", maxRuns=2, tags={"a": "b"})
    workflow = active_workflow(omics)
    mocked.dump(tmp_path)
    found = read(tmp_path)
    assert (found["format"], found["clock"]["pinned"]) == (FORMAT, f"{NOW}+00:00")
    [place] = found["places"]
    assert (place["service"], place["account"], place["region"]) == ("omics", "123456789012", "us-east-1")
    [group] = place["resources"]["RunGroups"]["table"]["records"].values()
    assert group["members"]["maxRuns"] == 2
    assert group["members"]["creationTime"] == {"$time": f"{NOW}+00:00"}
    lines = [line.strip() for line in (tmp_path / FILE).read_text(encoding="utf-8").splitlines()]
    [line] = [line for line in lines if line.startswith(f'"{group["members"]["id"]}": ')]
    assert "Gruppe für alle" in line
    assert json.loads("{" + line.rstrip(",") + "}") == {group["members"]["id"]: group}
    digest = place["resources"]["Workflows"]["table"]["records"][workflow]["kept"]["archive"]["$bytes"]
    assert files(tmp_path)[digest] == archive()
    assert digest == hashlib.sha256(archive()).hexdigest()
    assert set(files(tmp_path)) == {FILE, digest}


def test_nothing_is_dumped_of_what_nobody_has_used(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> None:
    before = mocked.snapshot()
    omics.list_runs()
    mocked.client(region="eu-west-1").list_runs()
    mocked.restore(before)
    mocked.dump(tmp_path)
    assert (read(tmp_path)["places"], read(tmp_path)["shares"]) == ([], {})


def test_to_load_replaces_what_there_was(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> None:
    kept = omics.create_run_group(name="kept")["id"]
    mocked.dump(tmp_path)
    omics.create_run_group(name="later")
    mocked.client(region="eu-west-1").create_run_group(name="elsewhere")
    mocked.clock.advance(100)
    mocked.load(tmp_path)
    assert [group["id"] for group in omics.list_run_groups()["items"]] == [kept]
    assert mocked.client(region="eu-west-1").list_run_groups()["items"] == []
    assert mocked.clock.now().isoformat() == f"{NOW}+00:00"


def test_a_snapshot_brings_back_what_was_there_before_a_load(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> None:
    mocked.dump(tmp_path)
    group = omics.create_run_group(name="kept")["id"]
    store = sequence_store(omics)
    found = omics.get_read_set_metadata(sequenceStoreId=store, id=imported(omics, store))
    alias, _, key = found["files"]["source1"]["s3Access"]["s3Uri"].removeprefix("s3://").partition("/")
    snapshot = mocked.snapshot()
    mocked.load(tmp_path)
    assert omics.list_run_groups()["items"] == []
    s3 = boto3.client("s3", region_name="us-east-1")
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_object(Bucket=alias, Key=key)
    mocked.restore(snapshot)
    assert [found["id"] for found in omics.list_run_groups()["items"]] == [group]
    assert s3.head_object(Bucket=alias, Key=key)["ContentLength"] > 0


def test_what_read_sets_show_in_s3_is_there_after_a_load(tmp_path: Path) -> None:
    with mock_omics() as mock:
        omics = client()
        store = sequence_store(omics)
        read_set = imported(omics, store, tags={"a": "b"})
        mock.dump(tmp_path)
    with mock_omics() as mock:
        mock.load(tmp_path)
        found = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
        alias, _, key = found["files"]["source1"]["s3Access"]["s3Uri"].removeprefix("s3://").partition("/")
        body = boto3.client("s3", region_name="us-east-1").get_object(Bucket=alias, Key=key)["Body"].read()
        assert body == omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()


def test_code_points_that_are_no_characters_come_back(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> None:
    parameters = {"name": "\ud800", "$ref": [{"$": 1}, "\u2028", 1e300, -0.0, None, True]}
    mocked.rules["undeclared_parameters"] = "accept"
    run = start_run(omics, parameters=parameters)
    mocked.dump(tmp_path)
    mocked.reset()
    mocked.load(tmp_path)
    assert omics.get_run(id=run)["parameters"] == parameters


def test_a_random_mock_goes_on_where_it_was(tmp_path: Path) -> None:
    with mock_omics(seed=None) as mock:
        client().create_run_group()
        mock.dump(tmp_path)
        following = client().create_run_group()["id"]
        mock.load(tmp_path)
        assert client().create_run_group()["id"] == following


def test_an_upload_goes_on_after_a_load(tmp_path: Path) -> None:
    content = b"@r\nACGT\n+\nIIII\n"
    with mock_omics() as mock:
        omics = client()
        store = sequence_store(omics)
        ids: Any = {"sequenceStoreId": store}
        described: Any = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up"}
        ids["uploadId"] = omics.create_multipart_read_set_upload(**ids, **described)["uploadId"]
        part: Any = {"partSource": "SOURCE1", "partNumber": 1}
        part["checksum"] = omics.upload_read_set_part(**ids, **part, payload=content)["checksum"]
        mock.dump(tmp_path)
    with mock_omics(lifecycle="immediate") as mock:
        mock.load(tmp_path)
        read_set = omics.complete_multipart_read_set_upload(**ids, parts=[part])["readSetId"]
        assert omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read() == content


# ---- what can not be dumped ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [{"effect": lambda run, s3: None}, {"outputs": {"out": [Path(__file__)]}}], ids=["effect", "file"])
def test_a_run_under_way_with_a_plan_of_this_process_can_not_be_dumped(
    mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path, plan: Any
) -> None:
    mocked.plan_run(**plan)
    run = start_run(omics)
    with pytest.raises(ValueError, match=rf"run {run} is PENDING and has a plan with .*: it can be dumped when it has ended"):
        mocked.dump(tmp_path)
    assert FILE not in files(tmp_path)
    mocked.finish_all()
    mocked.dump(tmp_path)
    mocked.load(tmp_path)
    assert omics.get_run(id=run)["status"] == "COMPLETED"


# ---- what can not be loaded ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> Path:
    """A dump with a workflow and a run of it, and what is there now is something else."""
    bucket("r1.fq")
    uploaded(omics, sequence_store(omics), b"no fastq")
    run = start_run(omics)
    omics.get_run(id=run)
    omics.create_workflow(definitionZip=archive())
    mocked.dump(tmp_path / "dump")
    mocked.reset()
    omics.create_run_group(name="here now")
    return tmp_path / "dump"


def refused(mocked: OmicsMock, folder: Path, message: str) -> None:
    """To load is refused with this message, and changes nothing."""
    with TemporaryDirectory() as before, TemporaryDirectory() as after:
        mocked.dump(before)
        with pytest.raises(ValueError, match=message):
            mocked.load(folder)
        mocked.dump(after)
        assert files(Path(before)) == files(Path(after))


def test_a_newer_format_names_the_version_that_is_needed(mocked: OmicsMock, folder: Path) -> None:
    write(folder, {**read(folder), "format": FORMAT + 1, "omics_mock": "9.8.7"})
    refused(mocked, folder, rf"{FILE} needs a newer omics_mock: it was written by omics_mock 9\.8\.7 in format {FORMAT + 1}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"$": "Run"', '"$": "Sprint"', "has Sprint, which omics_mock .* does not know: it was written by omics_mock 9.8.7"),
        ('"asked"', '"begged"', r"has Run\.begged, which omics_mock"),
        ('"_under_way"', '"_on_the_way"', r"has \w+\._on_the_way, which omics_mock"),
        ('"_under_way"', '"region"', r"has \w+\.region, which omics_mock"),
        ('"table"', '"region"', r"has \w+\.region, which omics_mock"),
        ('"$method"', '"$methods"', "has a function, which omics_mock"),
        ('"Workflows"', '"Playflows"', "has Playflows, which omics_mock"),
        ('"Course._entered"', '"Course.__init__"', "has Course.__init__, which omics_mock"),
        ('"Course._entered"', '"Popen.__init__"', "has Popen, which omics_mock"),
        ('"analysis_done"', '"os.system"', "has os.system, which omics_mock"),
        ('"lingers"', '"__class__"', "has Journey.__class__, which omics_mock"),
        ('"kept": {', '"kept": {"__class__": "dict", ', "has .*__class__, which omics_mock"),
    ],
)
def test_what_this_version_does_not_know_names_the_version_that_wrote_it(
    mocked: OmicsMock, omics: "OmicsClient", folder: Path, old: str, new: str, message: str
) -> None:
    text = (folder / FILE).read_text(encoding="utf-8").replace('"omics_mock": "', '"omics_mock": "9.8.7", "was": "')
    assert old in text
    (folder / FILE).write_text(text.replace(old, new), encoding="utf-8")
    refused(mocked, folder, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        ('{"format": 1', "is damaged"),
        ("[" * 100_000, "is damaged"),
        ("[]", "is no dump of omics_mock"),
        ("{}", "is no dump of omics_mock"),
        ('{"format": true}', "is no dump of omics_mock"),
        ('{"format": 1}', "is damaged"),
        ('{"format": 1, "clock": {"pinned": null, "advanced": 0}, "shares": {}, "places": [1]}', "is damaged"),
        ('{"format": 1, "clock": {"pinned": null, "advanced": 0}, "shares": {}, "places": [{"service": "s3"}]}', "is damaged"),
        (
            (
                '{"format": 1, "clock": {"pinned": null, "advanced": 0}, "shares": {}, '
                '"places": [{"service": "s3", "account": "123456789012", "region": "us-east-1"}]}'
            ),
            "is damaged",
        ),
    ],
    ids=range(10),
)
def test_a_damaged_file_is_named(mocked: OmicsMock, folder: Path, text: str, message: str) -> None:
    (folder / FILE).write_text(text, encoding="utf-8")
    refused(mocked, folder, rf"{FILE} {message}")


def test_a_table_of_something_else_than_records_is_damaged(mocked: OmicsMock, folder: Path) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace('"records": {', '"records": {"1": 1, '), encoding="utf-8")
    refused(mocked, folder, f"{FILE} is damaged")


def digests(folder: Path) -> list[str]:
    return sorted(name for name in files(folder) if re.fullmatch("[0-9a-f]{64}", name))


@pytest.mark.parametrize("kind", ["$bytes", "$content"])
def test_bytes_that_are_missing_damaged_or_elsewhere_are_named(mocked: OmicsMock, folder: Path, tmp_path: Path, kind: str) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    found = re.search(rf'"\{kind}": "([0-9a-f]{{64}})"', text)
    assert found
    name, outside = found[1], tmp_path / "outside"
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b"!")
    refused(mocked, folder, f"{name} does not hold what its name says")
    (folder / name).unlink()
    refused(mocked, folder, f"{name} is missing or no file")
    outside.write_bytes(content)
    (folder / name).symlink_to(outside)
    refused(mocked, folder, f"{name} is missing or no file")
    for elsewhere in ("../outside", str(outside), name.upper(), name + "\\n", ""):
        (folder / FILE).write_text(text.replace(name, json.dumps(elsewhere)[1:-1].replace("\\\\n", "\\n")), encoding="utf-8")
        refused(mocked, folder, "is no name of bytes")


def test_a_folder_without_a_dump_and_a_link_to_one_are_refused(mocked: OmicsMock, folder: Path, tmp_path: Path) -> None:
    refused(mocked, tmp_path / "nothing here", f"{FILE} is missing or no file")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / FILE).symlink_to(folder / FILE)
    refused(mocked, tmp_path / "linked", f"{FILE} is missing or no file")


def test_a_dump_is_written_nowhere_but_in_its_folder(mocked: OmicsMock, omics: "OmicsClient", tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    folder.mkdir()
    outside.write_bytes(b"not yours")
    (folder / FILE).symlink_to(outside)
    active_workflow(omics)
    mocked.dump(folder)
    assert outside.read_bytes() == b"not yours"
    assert not (folder / FILE).is_symlink()
    mocked.load(folder)


def nodes(found: Any) -> Iterator[tuple[Any, Any]]:
    """The containers in a JSON document, each with a key or index of it."""
    for key in list(found) if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ():
        yield found, key
        yield from nodes(found[key])


JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just({"$ref": 1}))
CHANGES: list[Callable[[Any, Any, Any], None]] = [
    lambda node, key, value: node.__setitem__(key, value),
    lambda node, key, value: node.__delitem__(key),
]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of something of each kind."""
    folder = tmp_path_factory.mktemp("everything")
    with mock_omics(now=NOW) as mock:
        filled(Client(mock))
        mock.dump(folder)
    return folder


@settings(max_examples=6)
@given(st.data())
def test_whatever_is_wrong_with_a_dump_is_a_value_error_or_does_not_matter(everything: Path, data: st.DataObject) -> None:
    with mock_omics(now=NOW) as mock, TemporaryDirectory() as folder:
        shutil.copytree(everything, folder, dirs_exist_ok=True)
        document = read(everything)
        for _ in range(10):
            changed = json.loads(json.dumps(document))
            node, key = data.draw(st.sampled_from(list(nodes(changed))))
            data.draw(st.sampled_from(CHANGES))(node, key, data.draw(JSON))
            write(Path(folder), changed)
            try:
                mock.load(folder)
            except ValueError:
                continue


# ---- what dumps know -----------------------------------------------------------------------------------------------


def subclasses(kind: type[Record]) -> Iterator[type[Record]]:
    for found in kind.__subclasses__():
        yield found
        yield from subclasses(found)


def test_all_resources_are_known() -> None:
    assert {kind for kind in subclasses(Record) if kind.__module__.startswith("omics_mock.")} == set(RECORDS.values()) - {Record}
    assert {"sequence", "group", "removed", "asked", "failure", "cancelled"} <= attributes_of(RECORDS["Run"])
    assert all(name.isidentifier() for names in METHODS.values() for name in names)
