"""Set-up as a stranger's machine meets it: failing shims, no interpreter, pins that must agree."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELL = ". sandbox/setup.sh; "


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def run(
    script: str, *, path: Path, home: Path, folder: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(home)}
    return subprocess.run(
        ["sh", "-c", SHELL + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def shims(tmp_path: Path) -> Path:
    """A folder that is first on the PATH, and whose every Python is a shim that fails."""
    for name in ("python3", "python3.12", "python3.13", "python3.14"):
        program(tmp_path / "shims", name, "echo 'version not installed' >&2; exit 127")
    return tmp_path / "shims"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project that has the files that set-up reads."""
    folder = tmp_path / "project"
    (folder / "sandbox").mkdir(parents=True)
    for name in ("sandbox/setup.sh", "requirements.txt", "requirements-dev.txt"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def test_a_python_that_runs_is_found_in_pyenv_when_every_shim_on_the_path_fails(
    tmp_path: Path, shims: Path
) -> None:
    versions = tmp_path / ".pyenv/versions"
    program(versions / "3.12.0/bin", "python3", "exit 1")
    good = program(versions / "3.12.9/bin", "python3", f'exec {sys.executable} "$@"')

    done = run("find_python", path=shims, home=tmp_path)

    assert done.returncode == 0
    found = done.stdout.strip()
    assert good.exists()
    assert str(shims) not in found
    version = subprocess.run(
        [found, "-c", "import sys; print(sys.version_info >= (3, 12))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() == "True"


def test_a_python_older_than_3_12_is_not_taken(tmp_path: Path, shims: Path) -> None:
    old = program(tmp_path / "old", "python3", 'case "$2" in *version_info*) exit 1;; esac')

    done = run(f"runs_as_wanted {old} && echo taken || echo passed over", path=shims, home=tmp_path)

    assert done.stdout.strip() == "passed over"


def test_without_any_python_the_one_sentence_says_what_to_install(
    tmp_path: Path, shims: Path, project: Path
) -> None:
    program(shims, "uv", '[ "$1" = --version ]')
    # On a machine whose own python3 would do, that one must not be found either.
    script = "find_python() { :; }; set_up"

    done = run(script, path=shims, home=tmp_path, folder=project)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "install Python 3.12" in done.stderr


def test_packages_that_cannot_be_installed_leave_nothing_that_looks_installed(
    tmp_path: Path, shims: Path, project: Path
) -> None:
    program(shims, "uv", 'case "$1 $2" in "--version "|"venv "*) exit 0;; esac; exit 1')
    script = f"find_python() {{ echo {sys.executable}; }}; set_up"

    first = run(script, path=shims, home=tmp_path, folder=project)
    again = run(script, path=shims, home=tmp_path, folder=project)

    assert "could not be installed" in first.stderr
    assert (first.returncode, again.returncode) == (1, 1)
    assert not (project / ".local/setup.lock").exists()


def test_a_lock_whose_holder_was_killed_is_taken_over(
    tmp_path: Path, shims: Path, project: Path
) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    (project / ".local/setup.lock").mkdir(parents=True)
    (project / ".local/setup.lock/pid").write_text(str(dead.pid))

    done = run("take_lock; echo taken", path=shims, home=tmp_path, folder=project)

    assert done.stdout.endswith("taken\n")


def test_what_is_set_up_is_not_set_up_again_before_a_requirement_changes(
    tmp_path: Path, shims: Path, project: Path
) -> None:
    program(project / ".local/venv/bin", "python", f'exec {sys.executable} "$@"')
    mark = 'wanted_packages > "$venv/installed"; '
    question = "is_set_up && echo yes || echo no"

    before = run(mark + question, path=shims, home=tmp_path, folder=project)
    with (project / "requirements-dev.txt").open("a") as file:
        file.write("one-more==1\n")
    after = run(question, path=shims, home=tmp_path, folder=project)

    assert (before.stdout.strip(), after.stdout.strip()) == ("yes", "no")


def test_the_two_files_from_which_production_may_install_pin_the_same_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = [re.split(r"\s+#", line)[0].strip() for line in lines]

    assert sorted(project["dependencies"]) == sorted(
        line for line in pinned if line and not line.startswith("#")
    )


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            requirement = line.partition("#")[0].strip()
            if requirement and not requirement.startswith("-r "):
                assert re.fullmatch(
                    r"[A-Za-z0-9_.-]+(\[[a-z0-9,]+\])?==[0-9][0-9a-z.]*", requirement
                ), line
