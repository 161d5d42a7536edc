"""The checks that need environments of their own: `make check`, or `nox -s NAME` for one."""

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
# `make test` has tested the newest dependencies by the time these begin. The extras take minutes: `nox -s extras`.
nox.options.sessions = [
    "versions(oldest)",
    "versions(middle)",
    "server",
    "aio",
    "wheel",
    "release",
    "clients",
    "types",
    "cdk",
    "docs",
]

VERSIONS = {
    "oldest": ["moto==5.0.14", "boto3==1.34.162", "botocore==1.34.162", "responses==0.25.0"],
    "middle": ["moto==5.1.22"],
    "newest": ["moto<6", "boto3", "botocore"],
}
PARALLEL = ["--numprocesses", "auto"]
EXTRAS = ["none", "aio", "cloudformation", "cwl", "pytest", "sequences", "server", "types", "wdl", "all"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.13t", "3.14t"]  # the last two without the interpreter's own lock
MOTO = {"5.0.14": "moto==5.0.14", "5.1.22": "moto==5.1.22", "newest": "moto<6"}
BOTOCORE = {"1.34.162": ["boto3==1.34.162", "botocore==1.34.162"], "newest": ["boto3", "botocore"]}


@nox.session
@nox.parametrize("versions", list(VERSIONS), ids=list(VERSIONS))
def versions(session: nox.Session, versions: str) -> None:
    """Run the tests with these versions of moto and botocore."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".", "--group", "test", *VERSIONS[versions])
    session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", *session.posargs)


@nox.session(python=PYTHONS)
@nox.parametrize("botocore", list(BOTOCORE), ids=[f"botocore {version}" for version in BOTOCORE])
@nox.parametrize("moto", list(MOTO), ids=[f"moto {version}" for version in MOTO])
def compatibility(session: nox.Session, moto: str, botocore: str) -> None:
    """Run the tests with one Python, moto and botocore."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".", "--group", "test", MOTO[moto], *BOTOCORE[botocore])
    session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it alone into an empty environment and use it from outside the checkout."""
    built = Path(session.create_tmp())
    shutil.rmtree(built / "dist", ignore_errors=True)
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built / "dist"), ".")
    (package,) = (built / "dist").glob("omics_mock-*.whl")
    session.run("python", "checks/wheel_contents.py", str(package))
    session.install("--quiet", str(package))
    shutil.copy("checks/wheel_use.py", built)
    with session.chdir(built):
        session.run("python", "-I", "-W", "error", "wheel_use.py")
        session.run("omics-mock", "demo", silent=True)


@nox.session
def clients(session: nox.Session) -> None:
    """Use the mock through other people's programs, and the server through many at once."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".[sequences,server]", "mypy-boto3-omics", "awscli")
    session.install("--quiet", "--no-deps", "aws-healthomics-tools")  # its other tools draw and plot
    session.run("python", "-W", "error", "checks/transfer_manager.py")
    session.run("python", "-W", "error", "checks/server_load.py", "10")
    session.run("python", "checks/aws_cli.py")
    session.run("python", "checks/javascript.py", session.create_tmp())


@nox.session
def types(session: nox.Session) -> None:
    """What users write passes mypy and, where there is Node.js to run it, pyright."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".[pytest,types]", "mypy")
    session.run("mypy", "--strict", "--config-file=", "checks/typed_uses.py")
    if shutil.which("node") is None:
        session.log("pyright needs Node.js, which is not here: mypy alone has looked at it")
        return
    session.install("--quiet", "pyright")
    session.run("pyright", "--pythonpath", str(Path(session.bin) / "python"), "checks/typed_uses.py")


@nox.session
def cdk(session: nox.Session) -> None:
    """The template that the tests deploy is what the CDK synthesises, where there is Node.js to run it."""
    if shutil.which("node") is None:
        session.log("the CDK needs Node.js, which is not here: its template is taken as it is")
        return
    session.install("--quiet", "aws-cdk-lib==2.275.0")
    session.run("python", "checks/cdk_stack.py", "tests/cloudformation/cdk_template.json", silent=True)


@nox.session
@nox.parametrize("library", ["aiobotocore", "aioboto3"], ids=["aiobotocore", "aioboto3"])
def aio(session: nox.Session, library: str) -> None:
    """Test with the newest clients that are awaited, which pin an older botocore; the families through one of them."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", library)
    session.install("--quiet", "--editable", ".", "--group", "test")
    session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", "tests/aio")
    if library == "aiobotocore":
        session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", "--transport=aio", "tests/backends")


@nox.session(reuse_venv=True)
def awaited(session: nox.Session) -> None:
    """Measure clients that are awaited, for the tables of `make bench`."""
    session.install("--quiet", "aiobotocore", "--editable", ".")
    session.run("python", "-m", "benchmarks.awaited")


@nox.session
def server(session: nox.Session) -> None:
    """Test the families over the network, and through moto's interceptor."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".", "--group", "test")
    session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", "--transport=server", "tests/backends")
    session.run("python", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", "--transport=interceptor", "tests/backends")


@nox.session
def release(session: nox.Session) -> None:
    """What a release uploads: an sdist and the wheel made from it, with one version everywhere and what belongs into them."""
    dist, direct = (Path(session.create_tmp()) / name for name in ("release", "direct"))
    for folder in (dist, direct):
        shutil.rmtree(folder, ignore_errors=True)
    session.install("--quiet", "build", "hatchling", "twine")
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(dist), silent=True)
    session.run("python", "-m", "build", "--no-isolation", "--wheel", "--outdir", str(direct), silent=True)
    session.run("python", "-m", "twine", "check", "--strict", *map(str, dist.iterdir()))
    (wheel,) = direct.glob("*.whl")
    session.run("python", "checks/release.py", str(dist), str(wheel), *session.posargs)


@nox.session
@nox.parametrize("extra", EXTRAS, ids=EXTRAS)
def extras(session: nox.Session, extra: str) -> None:
    """Install the package with one extra, with none or with all, and use what that makes possible. An environment for each."""
    folder = Path(session.create_tmp())
    wanted = [] if extra == "none" else [extra]
    session.install("--quiet", f".[{extra}]" if wanted else ".")
    shutil.copy("checks/extras.py", folder)
    with session.chdir(folder):
        session.run("python", "-I", "extras.py", *wanted)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site: no page that is written from the code is stale, and no link within it leads nowhere."""
    site = Path("build", "docs")
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".", "--group", "docs")
    session.run("python", "-m", "checks.reference", "--check")
    shutil.rmtree(site, ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-n", "--quiet", "docs", str(site))
    session.run("python", "-m", "checks.links", str(site))
    session.log(f"the site is in {site / 'index.html'}")


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which branches the tests take, those in processes of their own included."""
    session.install("--quiet", "--upgrade", "pip>=25.1")
    session.install("--quiet", "--editable", ".[server]", "--group", "test", "coverage[toml]>=7.10")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, "--quiet", "--fail-on-skip", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
