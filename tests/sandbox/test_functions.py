"""Functions run as Vercel runs them: found by reading, started on demand, environment and all."""

import http.client
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.functions import FunctionFailedError, Functions, discover

FIXTURE = Path(__file__).parent / "fixture"


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    running = Functions(FIXTURE, {"MARK": "here"}, log=tmp_path / "logs/functions.log")
    yield running
    running.stop()


def get(functions: Functions, route: str, path: str = "/") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", functions.process(route).port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def wait_for_log(functions: Functions, text: str) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for line in functions.logs():
            if text in line.text:
                return str(line)
        time.sleep(0.01)
    raise AssertionError(f"{text!r} was never logged")


def test_only_files_with_a_literal_handler_and_a_public_name_are_functions() -> None:
    assert sorted(discover(FIXTURE)) == ["/api/broken", "/api/echo", "/api/faulty", "/api/slow"]


def test_a_route_written_as_a_file_name_in_brackets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    shutil.copy(FIXTURE / "api/echo.py", tmp_path / "api/[id].py")

    with pytest.raises(FunctionFailedError, match=r"vercel\.json"):
        discover(tmp_path)


def test_a_file_that_is_no_python_is_deployed_and_then_fails_aloud(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api/typo.py").write_text("class handler(:\n")
    functions = Functions(tmp_path, {}, log=tmp_path / "log")

    with pytest.raises(FunctionFailedError, match=r"(?s)api/typo\.py: .*SyntaxError"):
        functions.process("/api/typo")
    functions.stop()


def test_nothing_starts_before_it_is_asked_for_and_then_it_starts_once(
    functions: Functions,
) -> None:
    assert functions.cold_starts() == []
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.append(functions.process("/api/echo").child.pid))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert [each.function for each in functions.cold_starts()] == ["api/echo.py"]


def test_a_function_sees_productions_environment_and_the_projects_and_no_more(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THIS_MACHINE", "1")
    answer = get(functions, "/api/echo")

    assert b'"MARK": "here"' in answer
    assert b'"VERCEL": "1"' in answer
    assert b'"PYTHONDONTWRITEBYTECODE": "1"' in answer
    assert b"OF_THIS_MACHINE" not in answer
    assert f'"folder": "{FIXTURE}"'.encode() in answer


def test_what_a_function_prints_is_logged_under_its_name(
    functions: Functions, tmp_path: Path
) -> None:
    get(functions, "/api/echo", "/some/path")

    line = wait_for_log(functions, "saw /some/path")
    assert " api/echo.py " in line
    assert line in (tmp_path / "logs/functions.log").read_text()
    assert all(each.function == "api/echo.py" for each in functions.logs("api/echo.py"))


def test_a_function_that_cannot_be_loaded_says_so_with_its_own_words(functions: Functions) -> None:
    with pytest.raises(FunctionFailedError, match="this function cannot be loaded") as caught:
        functions.process("/api/broken")
    assert caught.value.file == "api/broken.py"


def test_a_function_that_takes_too_long_to_start_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    slow = "import time\ntime.sleep(60)\n"
    (tmp_path / "api/sleepy.py").write_text(slow + (FIXTURE / "api/echo.py").read_text())
    functions = Functions(tmp_path, {}, log=tmp_path / "log", start_seconds=0.5)
    began = time.monotonic()

    with pytest.raises(FunctionFailedError, match=r"did not start within 0\.5 s"):
        functions.process("/api/sleepy")
    functions.stop()
    assert time.monotonic() - began < 8


def test_a_function_that_died_is_started_again(functions: Functions) -> None:
    first = functions.process("/api/echo")
    os.kill(first.child.pid, 9)
    first.child.wait()

    assert functions.process("/api/echo").child.pid != first.child.pid
    assert get(functions, "/api/echo")
    assert len(functions.cold_starts()) == 2


def test_stopping_ends_every_process_and_nothing_starts_afterwards(functions: Functions) -> None:
    children = [functions.process(route).child for route in ("/api/echo", "/api/slow")]
    functions.stop()
    functions.stop()

    assert all(child.poll() is not None for child in children)
    with pytest.raises(FunctionFailedError, match="being stopped"):
        functions.process("/api/faulty")
    with pytest.raises(FunctionFailedError, match="being stopped"):
        functions.process("/api/echo")


def test_a_cold_start_is_measured_from_spawning_to_the_first_byte(functions: Functions) -> None:
    process = functions.process("/api/echo")
    get(functions, "/api/echo")
    process.note_first_byte()
    time.sleep(0.05)
    process.note_first_byte()

    (start,) = functions.cold_starts()
    assert start.first_byte is not None
    assert 0 <= start.runtime_init <= start.ready <= start.first_byte
    assert start.first_byte < start.ready + 1000
