"""The pages about aiobotocore keep their word, as all the others do."""

from pathlib import Path

import pytest

from tests.test_readme import PAGES, name, needs_aiobotocore, run_page


@pytest.mark.parametrize("page", [page for page in PAGES if needs_aiobotocore(page)], ids=name)
def test_the_examples_of_the_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_page(page, tmp_path, monkeypatch)
