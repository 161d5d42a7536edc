"""htslib, through pysam when the extra ``sequences`` is installed: quiet, and one call at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from omics_mock.content import Content, Spool
from omics_mock.sequences.findings import InvalidFile

DAMAGED = "the file is cut off or damaged"

# The verbosity and what samtools' commands work on belong to the process, and pysam lets other threads run meanwhile.
_in_use = Lock()


def available() -> bool:
    """Whether pysam can be imported."""
    try:
        import pysam  # noqa: F401  # to see whether it is there
    except ImportError:
        return False
    return True


@contextmanager
def quiet() -> Iterator[None]:
    """Use pysam without others in its way and without what htslib would write to stderr."""
    import pysam

    with _in_use:
        verbosity = pysam.set_verbosity(0)
        try:
            yield
        finally:
            pysam.set_verbosity(verbosity)


def check(path: Path) -> None:
    """Raise InvalidFile for an alignment file without a readable header or without its end.

    AlignmentFile would find that, too, but leaves exceptions behind that nobody can catch.
    """
    import pysam
    from pysam.utils import SamtoolsError

    try:
        pysam.quickcheck("-u", str(path))
    except SamtoolsError as error:
        raise InvalidFile(DAMAGED) from error


@contextmanager
def refusing(reason: str = DAMAGED) -> Iterator[None]:
    """Whatever pysam raises is due to the file, and becomes InvalidFile. Its own texts name temporary files."""
    try:
        yield
    except (NotImplementedError, OSError, ValueError) as error:
        raise InvalidFile(reason) from error


def index(path: Path, spool: Spool) -> Content | None:
    """The index that samtools makes of a .bam, .cram or .fa file; None where it finds that the file can have none."""
    import pysam
    from pysam.utils import SamtoolsError

    command, suffix = {".bam": (pysam.index, ".bai"), ".cram": (pysam.index, ".crai"), ".fa": (pysam.faidx, ".fai")}[path.suffix]
    try:
        command(str(path))
    except SamtoolsError:
        return None
    return spool.keep(path.with_name(path.name + suffix).read_bytes())
