"""The whole local world: complete, replaceable by the environment, and gone when it is left."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from sandbox import database as databases
from sandbox.database import Database
from sandbox.simulators.stripe import StripeSimulator
from sandbox.world import ROOT, World, WorldError

FIXTURE = Path(__file__).parent / "fixture"
VARIABLES = (
    "DATABASE_URL",
    "PUBLIC_URL",
    "APP_ORIGINS",
    "CRON_SECRET",
    "SIGN_UP_KEY",
    "UNSUBSCRIBE_KEY",
    "CALENDAR_KEY",
    "SANDBOX_CLOCK",
    "VIPPS_BASE_URL",
    "VIPPS_CLIENT_ID",
    "VIPPS_CLIENT_SECRET",
    "VIPPS_SUBSCRIPTION_KEY",
    "VIPPS_MERCHANT_SERIAL_NUMBER",
    "VIPPS_WEBHOOK_SECRET",
    "VIPPS_REDIRECT_URI_APP",
    "VIPPS_REDIRECT_URI_WEB",
    "VIPPS_REDIRECT_URI_PAGES",
    "STRIPE_API_BASE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "WHEREBY_BASE_URL",
    "WHEREBY_API_KEY",
    "WHEREBY_WEBHOOK_SECRET",
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "EXPORT_BUCKET",
)
ADDRESSES = ("VIPPS_BASE_URL", "STRIPE_API_BASE", "WHEREBY_BASE_URL", "AWS_ENDPOINT_URL")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", *ADDRESSES):
        monkeypatch.delenv(name, raising=False)


def test_the_functions_are_given_every_variable_they_need() -> None:
    with World() as world:
        environment = world.environment()
        missing = {name for name in VARIABLES if not environment.get(name)}
        assert missing == set()
        assert environment["PUBLIC_URL"] == world.url
        assert len(environment["STRIPE_WEBHOOK_SECRETS"].split(",")) == 2
        assert databases.tables(world.database_url)


def test_leaving_the_world_leaves_nothing_running(tmp_path: Path) -> None:
    root = shutil.copytree(FIXTURE, tmp_path / "project")
    (root / "db").mkdir()
    shutil.copy(ROOT / "db/schema.sql", root / "db/schema.sql")
    with World(root=root) as world:
        assert requests.get(f"{world.url}/api/echo", timeout=10).status_code == 201
        children = [world.functions.process("/api/echo").child]
        ports = [world.port, *(int(each.base_url[-5:]) for each in world.providers.simulators())]
        clock = world.clock.path

    assert all(child.poll() is not None for child in children)
    for port in ports:
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not clock.parent.exists()


def test_a_reset_forgets_rows_requests_and_the_moved_clock() -> None:
    with World() as world, closing(databases.connect(world.database_url)) as connection:
        connection.cursor().execute("CREATE TABLE mark (id INT NOT NULL PRIMARY KEY)")
        connection.cursor().execute("INSERT INTO mark VALUES (1)")
        world.clock.advance(timedelta(days=3))
        vipps = world.environment()["VIPPS_BASE_URL"]
        requests.get(f"{vipps}/access-management-1.0/access/nothing", timeout=10)
        assert requests.get(f"{vipps}/_sandbox/requests", timeout=10).json()

        world.reset()

        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) FROM mark")
        assert cursor.fetchone() == (0,)
        assert requests.get(f"{vipps}/_sandbox/requests", timeout=10).json() == []
        assert not world.clock.path.exists()


def test_a_providers_address_from_the_environment_replaces_its_simulator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:9")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_of_the_caller")
    monkeypatch.setenv("BRREG_BASE_URL", "http://127.0.0.1:10")
    with World() as world:
        assert not [s for s in world.providers.simulators() if isinstance(s, StripeSimulator)]
        environment = world.environment()
        assert environment["STRIPE_API_BASE"] == "http://127.0.0.1:9"
        assert environment["STRIPE_SECRET_KEY"] == "sk_of_the_caller"
        assert "STRIPE_WEBHOOK_SECRETS" not in environment
        assert environment["BRREG_BASE_URL"] == "http://127.0.0.1:10"
        assert environment["VIPPS_BASE_URL"].startswith("http://127.0.0.1:")


def test_a_database_of_the_callers_own_is_used_and_given_the_schema(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Database() as server:
        url = server.create("a_test_of_mine")
        monkeypatch.setenv("DATABASE_URL", url)
        with World() as world:
            assert world.database is None
            assert world.environment()["DATABASE_URL"] == url
            assert databases.tables(url)


def test_tests_refuse_a_database_that_is_not_named_as_one_for_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Database() as server:
        url = server.create("precious")
        with closing(databases.connect(url)) as connection:
            connection.cursor().execute("CREATE TABLE kept (id INT NOT NULL PRIMARY KEY)")
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(WorldError, match="'precious'"), World():
            pass
        assert databases.tables(url) == ["kept"]


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WorldError, match=f"port {port} is taken"), World(port=port):
            pass
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.start", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert (
        done.stderr
        == f"./start: port {port} is taken; stop what listens there, or give another with --port.\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_ends_everything(number: int, tmp_path: Path) -> None:
    script = tmp_path / "play.py"
    script.write_text(
        "import sys, time, sandbox\n"
        "from sandbox import start\n"
        "def play(world):\n"
        "    world.say = print\n"
        "    print('PID', world.database._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
        "    return 0\n"
        "start._play = play\n"
        f"sys.exit(start.main(['--once', '--port', '{databases.free_port()}']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        server = next(int(line.split()[1]) for line in running.stdout if line.startswith("PID"))
        running.send_signal(number)
        assert running.wait(timeout=20) == 130

    deadline = time.monotonic() + 5
    while is_running(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(server)
