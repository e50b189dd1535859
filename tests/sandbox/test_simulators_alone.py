"""The simulators run by themselves, as `python -m sandbox.simulators`."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]


def command(folder: Path, *options: str) -> list[str]:
    clock = ["--clock", str(folder / "clock")]
    return [sys.executable, "-m", "sandbox.simulators", *clock, *options]


def test_it_prints_where_all_three_are_and_ends_quietly_when_told(tmp_path: Path) -> None:
    with subprocess.Popen(
        command(tmp_path), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(10)]
        settings = dict(line.split("=", 1) for line in lines)
        for name in ("VIPPS_BASE_URL", "STRIPE_API_BASE", "WHEREBY_BASE_URL"):
            assert requests.get(f"{settings[name]}/_sandbox/requests", timeout=5).json() == []
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            command(tmp_path, "--port", port),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("The simulators can not listen: ")
    assert done.stderr.count("\n") == 1
