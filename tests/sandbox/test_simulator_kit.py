"""The kit below every simulator: one request at a time, strict HTTP, errors that say why."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.clock import Clock
from sandbox.simulators.kit import Request, Response, Route, Simulator
from sandbox.simulators.wire import MAX_BODY


class Counter(Simulator):
    """Counts slowly, so that two requests at once would lose one."""

    name = "counter"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.count = 0
        self.add_routes(
            [
                Route("POST", "/counters/{name}", self._add),
                Route("GET", "/counters/{name}", self._show),
                Route("GET", "/crash", lambda _request: Response(1 // 0)),
            ]
        )

    def _add(self, _request: Request) -> Response:
        before = self.count
        time.sleep(0.005)
        self.count = before + 1
        return Response.json(201, self.count)

    def _show(self, request: Request) -> Response:
        content: dict[str, Any] = {"name": request.params["name"], "query": request.query()}
        return Response.json(200, content)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with Counter(Clock(tmp_path / "clock")) as simulator:
        yield simulator


def send(counter: Counter, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
    return requests.request(method, f"{counter.base_url}{path}", timeout=10, **options)


def test_parallel_requests_act_one_after_the_other(counter: Counter) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: send(counter, "POST", "/counters/a"), range(40)))
    assert sorted(answer.json() for answer in answers) == list(range(1, 41))


def test_path_parameters_are_decoded_and_the_query_read(counter: Counter) -> None:
    answer = send(counter, "GET", "/counters/a%2Fb%20c?x[y]=1")
    assert answer.json() == {"name": "a/b c", "query": {"x": {"y": "1"}}}


def test_what_does_not_exist_is_404_and_a_wrong_method_405(counter: Counter) -> None:
    assert send(counter, "GET", "/counters").status_code == 404
    assert send(counter, "GET", "/counters/a/b").status_code == 404
    answer = send(counter, "DELETE", "/counters/a")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, GET")
    assert send(counter, "GET", "/_sandbox/unknown").status_code == 404


@pytest.mark.filterwarnings("default")
def test_a_bug_is_a_500_that_says_so_and_not_a_closed_socket(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(counter, "GET", "/crash")
    assert answer.status_code == 500
    assert "bug" in answer.json()["error"]
    assert "ZeroDivisionError" in caplog.text


def test_a_body_needs_a_length_and_a_measure(counter: Counter) -> None:
    large = send(counter, "POST", "/counters/a", data=b"x" * (MAX_BODY + 1))
    assert large.status_code == 413
    chunked = send(counter, "POST", "/counters/a", data=iter([b"x"]))
    assert chunked.status_code == 411


def test_a_connection_is_kept_for_the_next_request(counter: Counter) -> None:
    connection = http.client.HTTPConnection(counter.base_url.removeprefix("http://"), timeout=10)
    for expected in (1, 2):
        connection.request("POST", "/counters/a")
        assert json.loads(connection.getresponse().read()) == expected
    connection.close()


def test_repeated_headers_are_recorded_as_one(counter: Counter) -> None:
    connection = http.client.HTTPConnection(counter.base_url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", "/counters/a")
    connection.putheader("X-Thing", "one")
    connection.putheader("x-thing", "two")
    connection.endheaders()
    connection.getresponse().read()
    connection.close()
    (record,) = send(counter, "GET", "/_sandbox/requests").json()
    assert record["headers"]["x-thing"] == "one, two"


def test_a_simulator_that_never_started_has_no_address(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = Counter(Clock(tmp_path / "clock")).base_url
