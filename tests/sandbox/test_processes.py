"""No child may outlive the local world, whatever becomes of the session that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sandbox import processes

ROOT = Path(__file__).resolve().parents[2]
ORPHAN = """
import os, signal, sys
from sandbox import processes
child = processes.spawn([sys.executable, "-c", "import time; time.sleep(60)"])
folder = processes.scratch_folder()
print(child.pid, folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_session_leaves_neither_child_nor_folder_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN], cwd=ROOT, capture_output=True, text=True, check=False
    )
    pid, folder = done.stdout.split()

    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while (is_running(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(int(pid))
    assert not Path(folder).exists()


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace() -> None:
    child = processes.spawn([sys.executable, "-c", STUBBORN], output=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as output:
        assert output.readline() == b"ready\n"
        began = time.monotonic()
        processes.end([child], grace=0.2)

    assert child.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 5


def test_a_child_gets_only_the_environment_that_it_is_given() -> None:
    script = "import os; print(sorted(os.environ))"
    child = processes.spawn(
        [sys.executable, "-I", "-c", script],
        environment={"ONLY": "this", "LC_ALL": "C.UTF-8"},
        output=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child.stdout as output:
        seen = output.read()
    processes.end([child])

    assert seen == b"['LC_ALL', 'ONLY']\n"
