"""Child processes of the local world: started so that none of them can outlive it.

`spawn` starts a program, `end` stops it and waits; a companion process (leash.py) does the same for
a session that is killed before it can. Children get a session of their own, so that Ctrl-C reaches
only the program in front, which then ends them in the right order.
"""

import atexit
import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

_LEASH = Path(__file__).with_name("leash.py")
_lock = threading.Lock()
_leash: "subprocess.Popen[str] | None" = None


def spawn(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start a program whose standard output and error both go to `output`.

    :param environment: all that it sees of the environment; ours, where it is None.
    :raises OSError: the program cannot be started.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _tell(f"+pid {process.pid}")
    return process


def end(processes: "Iterable[subprocess.Popen[bytes]]", *, grace: float = 5.0) -> None:
    """Send SIGTERM to all, give them `grace` seconds together, then SIGKILL; wait for each."""
    ending = list(processes)
    for process in ending:
        process.terminate()
    deadline = threading.Timer(grace, _kill, args=(ending,))
    deadline.daemon = True
    deadline.start()
    for process in ending:
        process.wait()
        _tell(f"-pid {process.pid}")
    deadline.cancel()
    deadline.join()


def scratch_folder(parent: Path | None = None) -> Path:
    """Make a temporary folder with a short name; `remove_folder` takes it away again."""
    folder = Path(tempfile.mkdtemp(prefix="mm-", dir=parent))
    _tell(f"+dir {folder}")
    return folder


def remove_folder(folder: Path) -> None:
    """Remove what `scratch_folder` made; no error where it is gone already."""
    shutil.rmtree(folder, ignore_errors=True)
    forget_folder(folder)


def forget_folder(folder: Path) -> None:
    """Leave a folder of `scratch_folder` to itself: it was moved, or is to stay."""
    _tell(f"-dir {folder}")


def _kill(processes: "list[subprocess.Popen[bytes]]") -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()


def _tell(line: str) -> None:
    global _leash  # noqa: PLW0603  # one companion for the whole process, made when first needed
    with _lock:
        if _leash is None:
            _leash = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
            )
            atexit.register(_let_go, _leash)
        # A companion that somebody killed is no reason to fail: it only guards against our death.
        with contextlib.suppress(BrokenPipeError):
            stdin = _leash.stdin
            if stdin is not None:
                stdin.write(line + "\n")
                stdin.flush()


def _let_go(leash: "subprocess.Popen[str]") -> None:
    """Close the pipe, so that the companion ends what may be left, and then itself."""
    if leash.stdin is not None:
        leash.stdin.close()
    leash.wait()
