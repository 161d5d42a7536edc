"""Check that a built wheel holds the package, its licence and its typing marker, and nothing else."""

import sys
from zipfile import ZipFile


def main(path: str) -> None:
    names = set(ZipFile(path).namelist())
    strangers = {name for name in names if not name.startswith(("omics_mock/", "omics_mock-"))}
    compiled = {name for name in names if "__pycache__" in name}
    missing = {
        wanted
        for wanted in ("omics_mock/__init__.py", "omics_mock/py.typed", "licenses/LICENSE")
        if not any(name.endswith(wanted) for name in names)
    }
    if strangers or compiled or missing:
        sys.exit(f"{path}: strangers {sorted(strangers)}, compiled {sorted(compiled)}, missing {sorted(missing)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
