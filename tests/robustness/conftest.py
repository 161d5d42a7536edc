"""How long the searches for trouble take."""

import pytest


@pytest.fixture(scope="session")
def examples(request: pytest.FixtureRequest) -> int:
    """How many of everything, a few unless ``--robust-examples`` says otherwise."""
    number: int = request.config.getoption("--robust-examples")
    return number
