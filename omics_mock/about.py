"""What this is."""

from importlib import metadata


def version() -> str:
    """The version that is installed; of a checkout that is not, nobody knows."""
    try:
        return metadata.version("omics-mock")
    except metadata.PackageNotFoundError:
        return "unknown"
