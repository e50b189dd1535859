"""The local world as one object: database, clock, providers, functions and the gateway before them.

`./start` serves it, the story and the tests play in it. Everything that it starts ends with it, in
the reverse order. All that it takes from outside is in the environment: DATABASE_URL and the
providers' base URLs, each of which replaces a part of it.
"""

import base64
import errno
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from sandbox import database as databases
from sandbox import processes
from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.providers import Providers, Variables, outside_variables

ROOT = Path(__file__).resolve().parent.parent
_DATABASE = "minmentor"
_TEST_MARK = "test"
# Addresses of further providers, handed on as they are: they have no simulator here.
_HANDED_ON = (
    "BRREG_BASE_URL",
    "FCM_BASE_URL",
    "SIGNING_BASE_URL",
    "CLOUDINARY_UPLOAD_PREFIX",
    "EXPORT_BUCKET",
    "SENTRY_DSN",
)


class WorldError(Exception):
    """The local world cannot be set up; the message is one sentence that says what to do."""


class World:
    """A context manager; inside it, `url` answers.

    :param port: where the gateway listens; 0 takes a free port.
    :param fast: for tests: durability is given up, and a database named by DATABASE_URL is emptied.
    :param crons: run vercel.json's crons by their schedule.
    :param root: the folder with api/, public/ and db/schema.sql.
    :param config: the vercel.json to serve by.
    :param say: told what is being done, when it takes time.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        fast: bool = True,
        crons: bool = False,
        root: Path = ROOT,
        config: Path | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.port = port
        self.url = ""
        self.database: Database | None = None
        self.database_url = ""
        self._fast = fast
        self._crons = crons
        self._root = root
        self._config = config or root / "vercel.json"
        self._say = say
        self._stack = ExitStack()
        self._environment: Variables = {}

    def __enter__(self) -> Self:
        """Start everything.

        :raises WorldError: a part is missing or refused; what was started is stopped again.
        """
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def environment(self) -> Variables:
        """The functions' environment variables, as a copy."""
        return dict(self._environment)

    def reset(self) -> None:
        """Forget what happened: rows, simulators' state, the clock's offset. Processes stay."""
        self.clock.reset()
        databases.empty(self.database_url)
        self.providers.reset()

    def run_cron(self, path: str) -> tuple[int, bytes]:
        """Call a cron of vercel.json as the platform does; returns status and body."""
        return self.gateway.run_cron(path)

    def _start(self) -> None:
        self.port = self.port or databases.free_port()
        _require_free(self.port)
        self.url = f"http://localhost:{self.port}"
        outside = outside_variables()
        folder = processes.scratch_folder()
        self._stack.callback(processes.remove_folder, folder)
        self.clock = Clock(folder / "clock")
        self._start_database(outside.get("DATABASE_URL"))
        self._say("Starting the providers' simulators")
        self.providers = Providers(self.clock, self.url, outside)
        of_providers = self.providers.start(self._stack)
        self._environment = {
            **_own_secrets(),
            **{name: outside[name] for name in ("APP_ORIGINS", *_HANDED_ON) if name in outside},
            **of_providers,
            "DATABASE_URL": self.database_url,
            "PUBLIC_URL": self.url,
            "APP_URL": f"{self.url}/app",
            "SANDBOX_CLOCK": str(self.clock.path),
        }
        self._serve()

    def _start_database(self, given: str | None) -> None:
        if given:
            self.database_url = given
            self._prepare_given(given)
            return
        self._say("Starting the database")
        self.database = Database(fast=self._fast, say=self._say)
        self._stack.callback(self.database.stop)
        self.database.start()
        self.database_url = self.database.create(_DATABASE)
        databases.apply_schema(self.database_url, self._root / "db/schema.sql")

    def _prepare_given(self, url: str) -> None:
        """A database of the caller's own gets the schema where it is empty; tests begin anew."""
        name = url.rpartition("/")[2].partition("?")[0]
        if self._fast:
            if _TEST_MARK not in name:
                raise WorldError(
                    f"DATABASE_URL names the database {name!r}, and tests drop every table: "
                    f"give them one whose name contains {_TEST_MARK!r}."
                )
            databases.drop_tables(url)
        if not databases.tables(url):
            databases.apply_schema(url, self._root / "db/schema.sql")

    def _serve(self) -> None:
        log = ROOT / ".local/logs/functions.log"
        self.functions = Functions(self._root, self._environment, log=log)
        self._stack.callback(self.functions.stop)
        self.gateway = Gateway(
            self.functions,
            self._config,
            pages=ROOT / "sandbox/pages",
            port=self.port,
            cron_secret=self._environment["CRON_SECRET"],
        )
        self._stack.callback(self.gateway.stop)
        self.gateway.start(crons=self._crons)


def _own_secrets() -> Variables:
    """Secrets of this one session, so that none of them can be mistaken for a real one."""
    return {
        "APP_ORIGINS": "http://localhost:8081",
        "CRON_SECRET": secrets.token_urlsafe(32),
        "RECEIPT_SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SIGN_UP_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "UNSUBSCRIBE_KEY": secrets.token_urlsafe(32),
        "CALENDAR_KEY": secrets.token_urlsafe(32),
    }


def _require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise WorldError(
            f"port {port} is taken; stop what listens there, or give another with --port."
        ) from error
