"""A folder as the platform deploys it: the product's files, its packages alone, and no bytecode.

Cold starts are measured in such a copy. In the working tree the same code starts faster than it
ever will in production: its packages have been compiled, and its folders hold what tests import.
"""

import compileall
import shutil
import venv
from importlib import metadata
from pathlib import Path

from sandbox.world import ROOT

# What the platform's builder adds to the packages of requirements.txt.
_RUNTIME = "vercel-runtime"
_DEPLOYED = ("api", "lib", "db")
FLOOR = "api/_floor.py"
_FLOOR_CODE = '''\
"""What no function can go below: the platform's runtime, pydantic and pymysql."""

from http.server import BaseHTTPRequestHandler

import pymysql
from pydantic import BaseModel


class Answer(BaseModel):
    driver: str


class handler(BaseHTTPRequestHandler):
    wbufsize = -1

    def do_GET(self):
        body = Answer(driver=pymysql.__name__).model_dump_json().encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
'''


def deploy(folder: Path, *, bytecode: bool) -> Path:
    """Fill an empty folder; return the interpreter that sees nothing but what is in it.

    :param bytecode: compile everything, as the platform does with VERCEL_PYTHON_COMPILEALL=1.
    """
    for name in _DEPLOYED:
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    (folder / FLOOR).write_text(_FLOOR_CODE, encoding="utf-8")
    for package in [*pinned(ROOT / "requirements.txt"), _RUNTIME]:
        _vendor(package, folder / "_vendor")
    if bytecode:
        compileall.compile_dir(folder, quiet=2, workers=0)
    environment = folder / ".venv"
    venv.create(environment, symlinks=True)
    return environment / "bin/python"


def pinned(requirements: Path) -> list[str]:
    """Return the names of the packages that a requirements file pins."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return [line.partition("==")[0].strip() for line in lines if "==" in line.partition("#")[0]]


def _vendor(package: str, folder: Path) -> None:
    """Copy what an installed package consists of, its programs and bytecode aside."""
    for file in metadata.distribution(package).files or ():
        if file.suffix != ".pyc" and ".." not in file.parts:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)
