"""aiobotocore may be imported before or after the mock, and inside one."""

import os
import subprocess
import sys

import pytest

USE = """
import asyncio
{imports}

def test():
    with mock_omics():
        {late}
        asyncio.run(look())

async def look():
    from aiobotocore.session import get_session
    async with get_session().create_client("omics", region_name="us-east-1") as omics:
        assert (await omics.list_runs())["items"] == []

test()
"""
MOCK = "from omics_mock import mock_omics"
MOTO = "import omics_mock.transports.moto"
AIO = "import aiobotocore.client"


@pytest.mark.parametrize(
    ("imports", "late"),
    [((AIO, MOCK), ""), ((MOCK, AIO), ""), ((MOCK, MOTO, AIO), ""), ((MOCK,), AIO)],
    ids=["before the mock", "after the mock", "before a mock begins", "inside a mock"],
)
def test_it_does_not_matter_when_aiobotocore_is_imported(imports: tuple[str, ...], late: str) -> None:
    program = USE.format(imports="\n".join(imports), late=late)
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9"}  # nothing listens there: a request that leaves the process fails
    subprocess.run([sys.executable, "-c", program], env={**os.environ, **keys, **proxy}, check=True, timeout=60)
