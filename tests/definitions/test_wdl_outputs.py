"""What outputs of WDL workflows are made of."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.contents import Content, File, Given, Joined, Repeated, text
from omics_mock.definitions.declared import MAX_TIMES, Output, Scatter
from omics_mock.runs_simulator.outputs import outputs
from tests.definitions.conftest import Look
from tests.support.definitions import WDL_FILES

pytestmark = pytest.mark.inferred

TASK = """
task t {
  input { String prefix = "sample"  File? reads  Int n = 2 }
  String stem = prefix + ".sorted"
  command {}
  output {
    File literal = "dir/a.txt"
    File named = "~{prefix}.bam"
    File stemmed = "~{stem}.bam"
    File counted = "part~{n + 1}.txt"
    File copied = named
    File unknown = read_string("name.txt")
    File said = stdout()
    Array[File] parts = glob("parts/*.vcf")
    Array[File] both = ["a.txt", "b.txt"]
    Int count = read_int("n")
    Float share = 0.5
    String word = "yes"
    Boolean fine = true
    File? maybe = "m.txt"
    Map[String, File] files = {"x": "x.txt"}
    Pair[File, Int] pair = ("p.txt", 1)
    File? given = reads
  }
}
"""


def content(look: Look, output: str, *body: str, inputs: str = "", imports: str = "", **files: str) -> Content:
    document = "\n".join(
        ["version 1.1", imports, "workflow w {", f"input {{ {inputs} }}", *body, f"output {{ {output} }}", "}", TASK]
    )
    (found,) = look(
        {"main.wdl": document, **{f"{name}.wdl": text for name, text in files.items()}}, main="main.wdl"
    ).declared.outputs
    return found.content


def test_calls_are_followed_to_the_tasks_they_make(look: Look) -> None:
    assert look(WDL_FILES).declared.outputs == (
        Output("bams", "Array[File]", Repeated(File("out.bam", "bams"), (Scatter(None, "samples"),))),
        Output("table", "File?", File("table.txt", "table")),
    )


@pytest.mark.parametrize(
    ("kind", "member", "expected"),
    [
        ("File", "literal", File("dir/a.txt", "x")),
        ("File", "named", File("sample.bam", "x")),
        ("File", "stemmed", File("sample.sorted.bam", "x")),
        ("File", "copied", File("sample.bam", "x")),
        ("File", "unknown", File("x", "x")),
        ("File", "said", File("stdout.txt", "x")),
        ("File?", "maybe", File("m.txt", "x")),
        ("Array[File]", "parts", Repeated(File("parts/x.vcf", "x"))),
        ("Array[File]", "both", (File("a.txt", "x"), File("b.txt", "x"))),
        ("Int", "count", 0),
        ("Float", "share", 0.5),
        ("String", "word", "yes"),
        ("Boolean", "fine", True),
        ("Map[String, File]", "files", {"x": File("x.txt", "x")}),
        ("Pair[File, Int]", "pair", {"left": File("p.txt", "x"), "right": 1}),
    ],
)
def test_what_a_task_says_of_an_output_is_known(look: Look, kind: str, member: str, expected: Content) -> None:
    assert content(look, f"{kind} x = t.{member}", "call t") == expected


def test_names_that_parameters_are_part_of_are_settled_by_the_run(look: Look) -> None:
    found = content(look, "File x = t.named", "call t { input: prefix = id }", inputs='String id = "s"')
    assert found == File(Joined((Given("id", "s"), ".bam")), "x")
    assert isinstance(found, File)
    assert [found.name(parameters) for parameters in ({}, {"id": "NA12878"}, {"id": ".."}, {"id": {"a": 1}})] == [
        "s.bam",
        "NA12878.bam",
        "...bam",
        "x",
    ]


def test_what_is_computed_is_known_when_nothing_of_it_is_of_the_run(look: Look) -> None:
    assert content(look, "File x = t.counted", "call t") == File(Joined(("part", 3, ".txt")), "x")


def test_each_item_of_a_scatter_has_its_own(look: Look) -> None:
    body = "scatter (s in names) { scatter (i in range(2)) { if (i > 0) { call t { input: prefix = s } } } }"
    found = content(look, "Array[Array[File?]] x = t.named", body, inputs="Array[String] names")
    assert found == Repeated(Repeated(File("x", "x"), (Scatter(2),)), (Scatter(None, "names"),))


def test_declarations_and_choices_are_followed(look: Look) -> None:
    body = "if (go) { call t } File here = select_first([t.literal, other])"
    assert content(look, "File x = here", body, inputs="Boolean go  File other") == File("dir/a.txt", "x")
    body = "call t File here = if 1 > 2 then other else t.literal"
    assert content(look, "File x = here", body, inputs="File other") == File("dir/a.txt", "x")
    assert content(look, "Array[File] x = select_all([t.maybe])", "call t") == (File("m.txt", "x"),)


def test_an_input_may_be_an_output(look: Look) -> None:
    assert content(look, "File x = f", inputs="File f") == File(Given("f"), "x")
    assert content(look, "Array[File] x = f", inputs="Array[File] f") == Repeated(File("x", "x"), (Scatter(None, "f"),))
    assert content(look, "Int x = n", inputs="Int n = 3") == Given("n", 3)


def test_subworkflows_are_followed(look: Look) -> None:
    inner = "version 1.1\nworkflow inner { input { String id } call t { input: prefix = id } output { File out = t.named } }" + TASK
    body = "scatter (i in [1, 2]) { call inner.inner as sub { input: id = name } }"
    found = content(look, "Array[File] x = sub.out", body, inputs="String name", imports='import "inner.wdl" as inner', inner=inner)
    assert found == Repeated(File(Joined((Given("name"), ".bam")), "x"), (Scatter(2),))


def test_without_an_output_section_every_output_of_a_call_is_one(look: Look) -> None:
    text = "version 1.0\nworkflow w { scatter (i in range(3)) { call t } }\n"
    text += 'task t { command {} output { File a = "a.txt" Int n = 1 } }'
    assert look({"main.wdl": text}).declared.outputs == (
        Output("t.a", "Array[File]+", Repeated(File("a.txt", "t.a"), (Scatter(3),))),
        Output("t.n", "Array[Int]+", Repeated(1, (Scatter(3),))),
    )


def test_structs_have_the_members_of_their_type(look: Look) -> None:
    text = """version 1.1
struct Reads { File bam  Int n }
workflow w { call t output { Reads made = t.made  Reads read = t.read } }
task t { command {} output { Reads made = object { bam: "a.bam", n: 4 }  Reads read = read_json("x") } }
"""
    found = look({"main.wdl": text}).declared.outputs
    assert [output.content for output in found] == [
        {"bam": File("a.bam", "made"), "n": 4},
        {"bam": File("read", "read"), "n": 0},
    ]


@pytest.mark.parametrize(
    ("output", "inputs", "expected"),
    [
        ("File x = made.bam", "", File("a.bam", "x")),
        ("File x = asked.bam", "Reads asked", File("x", "x")),
        ("Int x = t.pair.right", "", 1),
        ("String x = t.literal", "", "dir/a.txt"),
        ("Map[String, Array[Int]] x = {'a': [1, 2]}", "", {"a": (1, 2)}),
        ("Array[File] x = [t.literal, every[0]]", "Array[File] every", (File("dir/a.txt", "x"), File("x", "x"))),
        ("Array[String] x = here", "", Repeated("a.txt", (Scatter(2),))),
        ("File? x = t.given", "", None),
        ("File x = select_first([t.given])", "", File("x", "x")),
        ("File x = u.named", "", File("x", "x")),
    ],
)
def test_parts_of_what_is_known_are_known(look: Look, output: str, inputs: str, expected: Content) -> None:
    types = "struct Reads { File bam  Int n } task u { input { String id } command {} output { File named = '~{id}.bam' } }"
    body = 'call t call u Reads made = object { bam: "a.bam", n: 4 } scatter (i in range(2)) { String here = "a.txt" }'
    assert content(look, output, body, inputs=inputs, imports=types) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Array[File]", Repeated(File("x", "x"))),
        ("Pair[File, Int]", {"left": File("x", "x"), "right": 0}),
        ("Map[String, File]", {}),
        ("Boolean", False),
        ("Float", 0.0),
    ],
)
def test_what_only_a_run_settles_is_what_its_type_says(look: Look, kind: str, expected: Content) -> None:
    assert content(look, f"{kind} x = every[0]", inputs=f"Array[{kind}] every") == expected


def test_a_type_is_followed_only_so_far(look: Look) -> None:
    kind = "Array[" * 61 + "Int" + "]" * 61
    found, depth = content(look, f"{kind} x = every[0]", inputs=f"Array[{kind}] every"), 0
    while isinstance(found, Repeated):
        found, depth = found.item, depth + 1
    assert (found, depth) == (None, 61)


def test_calls_are_followed_only_so_far(look: Look) -> None:
    def found_after(steps: int) -> Content:
        chain = " ".join(f"File f{i + 1} = f{i}" for i in range(steps))
        return content(look, f"String x = f{steps}", "call t File f0 = select_first([t.literal])", chain)

    assert [found_after(steps) for steps in (27, 28, 29)] == ["dir/a.txt", "", ""]


def test_what_refers_to_itself_many_times_is_given_up(look: Look) -> None:
    doubled = " ".join(f'String s{i + 1} = "~{{s{i}}}~{{s{i}}}"' for i in range(40))
    found = content(look, "String x = s40", doubled, inputs='String s0 = "x"')
    assert found == "" or isinstance(found, Joined | str)
    chain = " ".join(f"File f{i + 1} = f{i}" for i in range(200))
    assert content(look, "File x = f200", chain, inputs="File f0") == File("x", "x")


def test_a_run_writes_as_many_files_as_its_parameters_say(look: Look) -> None:
    parameters = {"samples": [{"id": "a"}, {"id": "b"}]}
    found = dict(outputs("s3://b/1", "WDL", look(WDL_FILES).declared, parameters))
    assert list(found) == ["out/bams/0/out.bam", "out/bams/1/out.bam", "out/table/table.txt", "logs/outputs.json"]
    assert json.loads(found["logs/outputs.json"])["cohort.table"] == "s3://b/1/out/table/table.txt"


def test_values_that_parameters_are_part_of_are_in_the_manifest(look: Look) -> None:
    text = """version 1.0
workflow w { input { Int n = 3  String id } output { Int number = n  String title = "~{id}!"  Int? none = m } Int? m = n }
"""
    declared = look({"main.wdl": text}).declared
    for given_parameters, number in (({"id": "s"}, 3), ({"id": "s", "n": 5}, 5)):
        manifest = json.loads(dict(outputs("s3://b/1", "WDL", declared, given_parameters))["logs/outputs.json"])
        assert manifest == {"w.number": number, "w.title": "s!", "w.none": number}


def test_the_path_of_a_file_may_be_part_of_a_name(look: Look) -> None:
    found = content(look, 'File x = "~{t.literal}.bai"', "call t")
    assert isinstance(found, File)
    assert found.name({}) == "a.txt.bai"


LEAVES = ["t.named", "t.count", "t.files", "t.maybe", "t.parts", "here", "names", "s", "n", "go", '"a"', "1", "s0.id", "[]"]
FORMS = [
    *("select_first([{0}, {1}])", "select_all([{0}, {1}])", "[{0}, {1}]", "if {0} then {1} else {0}", "{0} + {1}", "({0}, {1})"),
    *('"~{{{0}}}.~{{{1}}}"', "length({0})", "glob({0})", "{0}[{1}]", "basename({0})", "{0}.left", "{0} / {1}", "flatten({0})"),
]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda parts: st.tuples(st.sampled_from(FORMS), parts, parts).map(lambda made: made[0].format(*made[1:])),
    max_leaves=8,
)
KINDS = st.sampled_from(["File", "File?", "String", "Int", "Array[File]", "Array[String?]", "Pair[File, Int]", "Map[String, File]"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(KINDS, EXPRESSIONS)
def test_any_expression_comes_to_something(look: Look, kind: str, expression: str) -> None:
    body = "call t scatter (i in names) { String here = i }"
    inputs = 'Array[String] names  String s = "s"  Int n = 0  Boolean go = false  Array[Pair[String, Int]] s0 = []'
    for engine in ("WDL", "WDL_LENIENT"):
        lines = "version 1.1", "workflow w {", f"input {{ {inputs} }}", body, f"output {{ {kind} x = {expression} }}", "}", TASK
        try:
            declared = look({"main.wdl": "\n".join(lines)}, engine).declared
        except InvalidDefinition as refused:
            if "main.wdl Ln " not in str(refused):
                raise
            continue
        assert dict(outputs("s3://b/1", engine, declared, {"names": ["a", "b"]}))["logs/outputs.json"]


@given(st.integers(0, 1 << 40), st.lists(st.none(), max_size=5))
def test_an_array_has_as_many_items_as_a_run_may_have_tasks(length: int, given_items: list[None]) -> None:
    found = Repeated(None, (Scatter(length), Scatter(None, "p")))
    assert found.times({"p": given_items}) == min(length * len(given_items), MAX_TIMES)
    assert found.times({}) == min(length, MAX_TIMES)


@given(st.recursive(st.text() | st.integers() | st.booleans(), lambda parts: st.lists(parts).map(lambda each: Joined(tuple(each)))))
def test_a_text_is_never_long(found: Content) -> None:
    assert len(text(found, {}) or "") <= 1_000


@given(st.text())
def test_a_file_always_has_a_name(path: str) -> None:
    name = File(path, "other").name({})
    assert name
    assert "/" not in name
    assert name not in (".", "..")
    assert name.isprintable()
