"""Use the server from AWS's SDK for JavaScript, which is installed into the folder given, if there is a Node.js."""

import base64
import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from omics_mock.server import OmicsServer

SECONDS = 300


def main(folder: str) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        print("SKIPPED: AWS's SDK for JavaScript is not tried, as there is no Node.js (node and npm) on this machine")
        return
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, "@aws-sdk/client-omics@3"]
    subprocess.run(install, timeout=SECONDS, check=True)
    script = shutil.copy(Path(__file__).with_suffix(".mjs"), folder)
    archive = BytesIO()
    with ZipFile(archive, "w") as definition:
        definition.writestr("main.wdl", "version 1.0\nworkflow hello { input { Int a } }\n")
    zipped = base64.b64encode(archive.getvalue()).decode()
    with OmicsServer() as server:
        subprocess.run([node, script], env=os.environ | server.environment | {"DEFINITION": zipped}, timeout=SECONDS, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
