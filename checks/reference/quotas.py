"""The quotas, with a fresh account's limits."""

from checks.reference.markdown import Pages, code, page, table
from omics_mock.settings import FIXED_QUOTAS, QUOTAS

_BEGINNING = """\
A fresh account's quotas, by the names on the AWS quotas page, case ignored. Those that AWS raises on request are adjustable: they
apply only when a test sets them, `mock_omics(quotas={"Maximum run groups": 2})` or `omics.quotas["Maximum run groups"] = 2`, live.
The others always apply, and a test can set them too. `None` takes a limit away.

Quotas on active runs, GPUs and run duration make runs wait or time out; exceeding any other one is a
`ServiceQuotaExceededException`. An unknown quota is a `ValueError` that lists the known ones.
"""

_UNITS = {"maximum run duration": " seconds", "maximum static run storage capacity per run": " GiB"}


def pages() -> Pages:
    """The page as the settings have it."""
    rows = [
        (_named(name), f"{limit:,}{_UNITS.get(name, '')}", "no" if name in FIXED_QUOTAS else "yes", _applies(name))
        for name, limit in sorted(QUOTAS.items())
    ]
    return {"quotas.md": page("Quotas", _BEGINNING, table(("quota", "a fresh account's", "adjustable", "applies"), rows))}


def _named(name: str) -> str:
    return code(name.capitalize().replace("gpus", "GPUs"))


def _applies(name: str) -> str:
    return "always" if name in FIXED_QUOTAS else "when set"
