"""Run something right after a module was imported for the first time, without importing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _AfterImport:
    """A finder that finds nothing itself: it lets the others find the module and adds a step to its loading."""

    def __init__(self, name: str, callback: Callable[[], None]) -> None:
        self._name = name
        self._callback = callback

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:  # those before it found nothing, or are asking
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._extend(spec)
                return spec
        return None

    def _extend(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        assert loader is not None
        load = loader.exec_module

        def load_and_call(module: ModuleType) -> None:
            loader.__dict__.pop("exec_module", None)
            load(module)
            if self in sys.meta_path:  # else it was found twice before it was loaded, by two threads perhaps
                sys.meta_path.remove(self)
            self._callback()

        # On the instance: the module keeps its own loader, so resources and reloads work as without us.
        loader.__dict__["exec_module"] = load_and_call


def after_import(name: str, callback: Callable[[], None]) -> None:
    """Call ``callback`` once the top-level module ``name`` is imported; at once if it is already."""
    if name in sys.modules:
        callback()
    else:
        sys.meta_path.insert(0, _AfterImport(name, callback))
