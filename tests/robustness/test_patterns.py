"""No regular expression of ours takes long, whatever it is held against."""

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel, StringShape

import omics_mock
from omics_mock import mock_omics
from omics_mock.imagebuilder.workflows import _like
from omics_mock.policies import like
from omics_mock.state import host_pattern
from omics_mock.validation import UnknownPattern, compile_pattern
from omics_mock.wire.model import load
from omics_mock.wire.router import NoRoute
from tests.support.adversarial import texts
from tests.support.bounds import within
from tests.support.imagebuilder import create

LENGTH = 100_000
FOLDER = Path(omics_mock.__file__).parent
SERVICES = ("omics", "imagebuilder")


class Use(NamedTuple):
    """A pattern, and something that is done with it."""

    where: str
    pattern: re.Pattern[str]
    apply: Callable[[str], Any]


def used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that methods are called on, and the methods."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def uses() -> Iterator[Use]:
    """What is done with the patterns in the globals of all modules, and with those that are written where they are used."""
    for joined in ("cloudformation", "resourcegroupstaggingapi"):  # by modules of ours, as soon as they are there
        import_module(f"moto.{joined}.models")
    for path in sorted(FOLDER.rglob("*.py")):
        name = ".".join(("omics_mock", *path.relative_to(FOLDER).with_suffix("").parts)).removesuffix(".__init__")
        if name.endswith(("__main__", "transports.aio")):  # they need what is not installed, or run at once
            continue
        tree = ast.parse(path.read_text())
        methods = list(used(tree))
        for variable, found in vars(import_module(name)).items():
            if isinstance(found, re.Pattern):
                for method in sorted({method for owner, method in methods if owner == variable}):
                    if method in APPLIED:
                        yield Use(f"{name}.{variable}.{method}", found, APPLIED[method](found))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[ast.Constant(value=str(text)), *_]):
                    if method in APPLIED:
                        pattern = re.compile(text)
                        yield Use(f"{name}:{node.lineno} {method}", pattern, APPLIED[method](pattern))


APPLIED: dict[str, Callable[[re.Pattern[str]], Callable[[str], Any]]] = {
    "fullmatch": lambda pattern: pattern.fullmatch,
    "match": lambda pattern: pattern.match,
    "search": lambda pattern: pattern.search,
    "findall": lambda pattern: pattern.findall,
    "finditer": lambda pattern: lambda text: list(pattern.finditer(text)),
    "split": lambda pattern: pattern.split,
    "sub": lambda pattern: lambda text: pattern.sub("", text),
}

OF_THE_MODEL = "omics_mock.wire.router._LABEL"
"""Held against the paths of the model, never against what comes from outside."""

USES = [use for use in uses() if not use.where.startswith(OF_THE_MODEL)]


@pytest.fixture(scope="module")
def length(examples: int) -> int:
    """Of what patterns are held against; shorter when there is little time, and then it has to be quicker, too."""
    return min(LENGTH, 4_000 * examples)


def quick(where: str, apply: Callable[[str], Any], text: str, length: int) -> None:
    with within(0.2 + length / 300_000, f"{where} over {text[:60]!r} ... {text[-20:]!r}"):
        apply(text)


@pytest.mark.parametrize("use", USES, ids=lambda use: use.where)
def test_a_pattern_of_the_code_is_quick(use: Use, length: int) -> None:
    for text in texts(use.pattern.pattern, use.pattern.flags, length):
        quick(use.where, use.apply, text, length)


def test_patterns_are_found() -> None:
    assert len(USES) > 80


def limits() -> dict[str, int]:
    """The patterns of the models, with the length of the longest text that each is held against."""
    longest: dict[str, int] = {}
    for service in SERVICES:
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        for name in model.shape_names:
            shape = model.shape_for(name)
            if isinstance(shape, StringShape) and "pattern" in shape.metadata:
                pattern = shape.metadata["pattern"]
                longest[pattern] = max(longest.get(pattern, 0), min(shape.metadata.get("max", LENGTH), LENGTH))
    return longest


def test_a_pattern_of_a_model_is_quick(length: int) -> None:
    checked = 0
    for pattern, longest in limits().items():
        try:
            matches = compile_pattern(pattern)
        except UnknownPattern:
            continue  # of an operation that nobody serves
        characters = r"[a|]+" if r"\p{" in pattern else pattern  # of categories, which re can not parse
        for text in texts(characters, re.ASCII, min(length, longest)):
            quick(pattern, matches, text, length)
        checked += 1
    assert checked > 30


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_is_found_or_not_quickly(service: str, length: int) -> None:
    router = load(service).router

    def route(path: str) -> None:
        for method in ("GET", "BREW"):
            with suppress(NoRoute):
                router.match(method, path)

    for operation in load(service).operations.values():
        path = re.sub(r"\{\w+\+?\}", "a" * (length // 4), operation.uri)
        for text in (path, path + "\n", path.replace("a/", "/")):
            quick(operation.uri, route, text, length)
    for text in ("/" * length, "/a" * (length // 2), "/run/" * (length // 5), "/tags/" + "arn:" * (length // 4)):
        quick(text[:10], route, text, length)


@pytest.mark.parametrize("service", SERVICES)
def test_a_host_is_told_quickly(service: str, length: int) -> None:
    for prefix in {operation.host_prefix for operation in load(service).operations.values()}:
        pattern = re.compile(host_pattern(service, prefix))
        for text in texts(pattern.pattern, pattern.flags, length):
            quick(pattern.pattern, pattern.match, text, length)


def test_patterns_with_many_asterisks_are_quick(length: int) -> None:
    for pattern in ("a*" * 60 + "b", "*a" * 60 + "*b", "*?" * 60 + "b", "a" + "*" * length):
        quick(pattern, partial(like, pattern), "a" * length, length)


def test_asterisks_in_names_of_images_are_quick(length: int) -> None:
    with mock_omics() as mock:
        builder: Any = mock.client("imagebuilder", region="us-east-1")
        create(builder, name="a" * 128)

        def listed(name: str) -> None:
            with suppress(ClientError):  # older models allow no asterisk
                found = builder.list_workflows(owner="Self", filters=[{"name": "name", "values": [name]}])
                assert found["workflowVersionList"] == []

        quick("name", listed, "a*" * 60 + "b", length)


@pytest.mark.parametrize("pattern", ["a*b*c", "*", "a*", "*c", "a*c*c", "*b*", "a?c", "ab*bc", "**", "abc*", ""])
@pytest.mark.parametrize("name", ["abc", "abbc", "acc", "c", "a", "ac"])
def test_asterisks_stand_for_anything(pattern: str, name: str) -> None:
    in_full = re.compile("".join(".*" if character == "*" else re.escape(character) for character in pattern))
    assert _like(pattern, name) == (in_full.fullmatch(name) is not None)
    assert like(pattern.replace("?", "-"), name) == (in_full.fullmatch(name) is not None)
