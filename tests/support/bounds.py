"""Bounds on what something may take."""

import gc
import signal
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class TookTooLong(BaseException):
    """Nothing that is made for errors of ours may catch it."""


@contextmanager
def within(seconds: float, what: str = "") -> Iterator[None]:
    """Fail when what is done meanwhile takes more of the processor's time; end it where that is possible."""

    def stop(_: int, __: FrameType | None) -> NoReturn:
        raise TookTooLong(what)

    collects = gc.isenabled()
    gc.disable()  # what others have left lying about is not to be paid for here
    began = time.process_time()
    if hasattr(signal, "setitimer"):
        before = signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, 4 * seconds)  # not at once: it would not tell by how much
    try:
        yield
    except TookTooLong:
        raise AssertionError(f"more than {4 * seconds} s: {what}") from None
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
        if collects:
            gc.enable()
    took = time.process_time() - began
    assert took < seconds, f"{took:.2f} s, more than {seconds} s: {what}"


@contextmanager
def using_at_most(megabytes: int, what: str = "") -> Iterator[None]:
    """Fail when Python's objects take more memory meanwhile."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] >> 20
    finally:
        tracemalloc.stop()
    assert peak <= megabytes, f"{peak} MiB, more than {megabytes} MiB: {what}"
