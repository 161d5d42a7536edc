"""Tables: pages by cursor that survive whatever happens in between."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.exceptions import ResourceNotFoundException, ValidationException
from omics_mock.tables import Record, Table


def table_of(count: int) -> Table[Record]:
    table: Table[Record] = Table("Thing")
    for number in range(count):
        table.add(str(number), Record(id=str(number)))
    return table


def read_all(table: Table[Record], size: int, newest_first: bool = False) -> list[str]:
    found: list[str] = []
    params: dict[str, object] = {"maxResults": size}
    while True:
        page, token = table.page(params, newest_first=newest_first)
        found += [record["id"] for record in page]
        if token is None:
            return found
        assert len(token) <= 128
        params["startingToken"] = token


@given(st.integers(0, 30), st.integers(1, 12), st.sets(st.integers(0, 29)))
def test_pages_put_together_are_the_whole_in_either_order(count: int, size: int, removed: set[int]) -> None:
    table = table_of(count)
    for number in removed:
        if str(number) in table:
            table.remove(str(number))
    expected = [str(number) for number in range(count) if number not in removed]
    assert read_all(table, size) == expected
    assert read_all(table, size, newest_first=True) == expected[::-1]
    assert [record["id"] for record in table] == expected


def test_what_comes_and_goes_between_pages_is_neither_repeated_nor_lost() -> None:
    table = table_of(4)
    _, token = table.page({"maxResults": 2})
    table.remove("1")
    table.add("4", Record(id="4"))
    page, token = table.page({"maxResults": 9, "startingToken": token})
    assert [record["id"] for record in page] == ["2", "3", "4"]
    assert token is None


def test_a_token_belongs_to_its_list_and_filters() -> None:
    table = table_of(4)
    _, token = table.page({"maxResults": 2, "name": "a"})
    table.page({"maxResults": 1, "name": "a", "startingToken": token})
    other: Table[Record] = Table("Other")
    for wrong_table, params in ((table, {"name": "b"}), (table, {}), (other, {"name": "a"})):
        with pytest.raises(ValidationException, match="startingToken"):
            wrong_table.page({**params, "startingToken": token})


@given(st.text(max_size=128))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(ValidationException, match="startingToken"):
        table_of(3).page({"startingToken": text})


@pytest.mark.parametrize("listed", [True, False])
def test_a_table_that_lost_most_of_its_records_keeps_its_order(listed: bool) -> None:
    table = table_of(100)
    if listed:  # from then on there is an order to keep
        assert len(read_all(table, 100)) == 100
    for number in range(90):
        table.remove(str(number))
    assert read_all(table, 3) == [str(number) for number in range(90, 100)]


def test_an_unknown_key_is_the_services_own_error() -> None:
    with pytest.raises(ResourceNotFoundException, match="Thing 9 not found"):
        table_of(1).get("9")
    assert table_of(1).find(None) is None


def grouped(places: dict[str, list[int]]) -> Table[Record]:
    table: Table[Record] = Table("Part")
    for group, numbers in places.items():
        for number in numbers:
            table.add(f"{group}/{number}", Record(id=f"{group}/{number}"), group=group, place=number)
    return table


def test_a_group_is_read_and_counted_by_itself() -> None:
    table: Table[Record] = Table("Thing")
    for number in range(6):
        table.add(str(number), Record(id=str(number)), group="even" if number % 2 == 0 else "odd")
    table.remove("2")
    assert [record["id"] for record in table.of("even")] == ["0", "4"]
    assert [table.count(group) for group in ("even", "odd", "none")] == [2, 3, 0]
    assert len(table) == 5
    first, token = table.page({"maxResults": 2}, group="odd")
    rest, end = table.page({"maxResults": 2, "startingToken": token}, group="odd")
    assert ([record["id"] for record in first + rest], end) == (["1", "3", "5"], None)
    assert table.page({}, group="none") == ([], None)
    assert table.page({}) == ([], None)


def test_a_record_is_not_found_in_another_group() -> None:
    table: Table[Record] = Table("Thing")
    table.add("1", Record(id="1"), group="a")
    assert table.get("1") is table.get("1", group="a")
    with pytest.raises(ResourceNotFoundException, match="Thing 1 not found"):
        table.get("1", group="b")
    assert table.find("1", group="") is None


def test_a_group_may_be_emptied_while_it_is_read() -> None:
    table = grouped({"a": [1, 2, 3]})
    removed = []
    for record in table.of("a"):
        table.remove(record["id"])
        removed.append(record["id"])
    assert removed == ["a/1", "a/2", "a/3"]
    assert table.count("a") == 0


@given(st.lists(st.integers(1, 40), unique=True), st.integers(1, 9), st.data())
def test_records_stand_in_the_places_they_were_given(numbers: list[int], size: int, data: st.DataObject) -> None:
    table = grouped({"a": numbers, "b": [7]})
    if data.draw(st.booleans()):  # from then on there are orders to keep
        assert table.count("a") == len(numbers)
    for number in data.draw(st.lists(st.sampled_from(numbers), unique=True)) if numbers else []:
        table.remove(f"a/{number}")
        if data.draw(st.booleans()):
            table.add(f"a/{number}", Record(id=f"a/{number}"), group="a", place=number)  # in the place of the one before
    expected = [f"a/{number}" for number in sorted(numbers) if f"a/{number}" in table]
    assert [record["id"] for record in table.of("a")] == expected
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        page, token = table.page({"maxResults": size} | ({"startingToken": token} if token else {}), group="a")
        found += [record["id"] for record in page]
    assert found == expected


Listing = tuple[str, dict[str, Any], int, bool]


def pages(table: Table[Record], asked: Listing, looked_up: dict[str, Any]) -> Iterator[tuple[list[int], str | None]]:
    group, filters, size, newest_first = asked
    params: dict[str, Any] = {**filters, "maxResults": size}
    token: str | None = ""
    while token is not None:
        page, token = table.page(
            params, lambda record: filters.items() <= record.items(), newest_first=newest_first, group=group, wanted=looked_up
        )
        yield [record["id"] for record in page], token
        params["startingToken"] = token


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("ab"), st.sampled_from(["x", "y", ""]), st.integers(0, 2)),
        st.tuples(st.just("remove"), st.integers(0, 60)),
        st.tuples(st.just("refill")),
        st.tuples(
            st.just("list"),
            st.sampled_from("ab"),
            st.fixed_dictionaries({}, optional={"name": st.sampled_from("xyz"), "size": st.integers(0, 3), "open": st.booleans()}),
            st.integers(1, 4),
            st.booleans(),
        ),
    ),
    max_size=60,
)


@given(STEPS)
def test_what_is_looked_up_is_what_a_look_at_all_would_find(steps: list[tuple[Any, ...]]) -> None:
    table: Table[Record] = Table("Thing", looked_up=("name", "size"))
    plain: Table[Record] = Table("Thing")
    for step, *given_with in steps:
        match step, given_with:
            case "add", [group, name, size]:
                named = {"name": name} if name else {}
                for each in (table, plain):
                    each.add(str(each.next_place), Record(named, size=size, open=True, id=each.next_place), group=group)
            case "remove", [number] if str(number) in table:
                table.remove(str(number))
                plain.remove(str(number))
            case "refill", []:
                table.refill(dict(table.records), table.next_place)
            case "list", [group, wanted, size, newest_first]:
                asked: Listing = group, wanted, size, newest_first
                assert [*pages(table, asked, wanted)] == [*pages(plain, asked, {})]


def test_a_list_of_what_is_looked_up_looks_at_nothing_else() -> None:
    table: Table[Record] = Table("Thing", looked_up=("name",))
    for number in range(1_000):
        table.add(str(number), Record(id=str(number), name=str(number % 500)))
    for member, looks in (("name", 2), ("id", 1_000)):
        seen: list[str] = []

        def matches(record: Record, member: str = member, seen: list[str] = seen) -> bool:
            seen.append(record["id"])
            return bool(record[member] == "7")

        page, token = table.page({member: "7"}, matches, wanted={member: "7"})
        assert (page[0]["id"], token, len(seen)) == ("7", None, looks)
