"""Something else in the place of attributes for a while."""

from types import SimpleNamespace

import pytest

from omics_mock.transports.replacing import Replaced


class Owner:
    """Has methods."""

    @staticmethod
    def fixed() -> str:
        return "fixed"

    def method(self) -> str:
        return "method"


def test_what_was_there_is_put_back_as_it_was() -> None:
    module, before = SimpleNamespace(time="time"), dict(vars(Owner))
    with Replaced((Owner, "fixed", lambda self: "other"), (Owner, "method", lambda self: "another"), (module, "time", "clock")):
        assert (Owner().fixed(), Owner().method()) == ("other", "another")
        assert module.time == "clock"
    assert dict(vars(Owner)) == before
    assert module == SimpleNamespace(time="time")


def test_an_attribute_replaced_twice_is_put_back_once() -> None:
    module = SimpleNamespace(time="time")
    with Replaced((module, "time", "clock"), (module, "time", "sundial")):
        assert module.time == "sundial"
    assert module.time == "time"


def test_stopping_what_was_never_started_does_nothing() -> None:
    module = SimpleNamespace(time="time")
    replaced = Replaced((module, "time", "clock"))
    replaced.stop()
    replaced.start()
    module.time = "sundial"
    replaced.stop()
    replaced.stop()
    assert module.time == "time"


def test_nothing_is_replaced_where_one_attribute_is_missing() -> None:
    module = SimpleNamespace(time="time")
    with pytest.raises(KeyError, match="clock"):
        Replaced((module, "time", None), (module, "clock", None)).start()
    assert module.time == "time"
