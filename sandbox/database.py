"""A private MariaDB for one session of the local world: its own port, folder and account.

Each session copies an empty data folder that was made once, so that a server is up well within a
second and two sessions never meet. Options bring MariaDB as near to MySQL 8 as
it goes: what MySQL refuses should not pass here.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from sandbox import mariadb, processes
from sandbox.mariadb import Mariadb

SCHEMA = Path(__file__).resolve().parent.parent / "db/schema.sql"
USER = "app"
_RAM = Path("/dev/shm")  # noqa: S108  # a folder in memory, in which a private one is made
_RAM_NEEDED = 512 * 1024 * 1024
_START_SECONDS = 30.0
_ATTEMPTS = 3
_DEADLOCK = 1213
_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

# The modes that MySQL 8 has by default: without them MariaDB lets zero dates and bare columns pass.
_SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-log-file-size=10M",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_520_ci",
    "--default-time-zone=+00:00",
    f"--sql-mode={_SQL_MODE}",
    # From 11.8 on MariaDB refuses (1020) what MySQL and its own 10.11 answer with the newer row.
    "--loose-innodb-snapshot-isolation=OFF",
    "--max-allowed-packet=64M",
    "--group-concat-max-len=1024",
    # Each function keeps one connection a thread, and the races run many at once.
    "--max-connections=1000",
    "--back-log=512",
)
# For tests: nothing has to survive a power cut.
_FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-method=nosync",
    "--sync-binlog=0",
    "--innodb-buffer-pool-size=64M",
    "--aria-pagecache-buffer-size=1M",
    "--key-buffer-size=1M",
)

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class DatabaseError(Exception):
    """The server or a statement of the schema failed; the message says which and why."""


class Database:
    """A MariaDB server that lives from `start` to `stop`.

    :param fast: gives durability up for speed, and keeps the data in memory where there is room.
    :param say: told what is being done, when it takes time.
    """

    def __init__(self, *, fast: bool = True, say: Callable[[str], None] = print) -> None:
        self.fast = fast
        self.port = 0
        self.password = secrets.token_hex(16)
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    def start(self) -> Self:
        """Bring the server up on a free loopback port; installs MariaDB where it is missing.

        :raises mariadb.MariadbMissingError: there is no server and none could be installed.
        :raises DatabaseError: the server does not start; the end of its log is in the message.
        """
        server = mariadb.obtain(self._say)
        template = mariadb.empty_data(server, self._say)
        self._folder = processes.scratch_folder(_parent(fast=self.fast))
        # `cp` is five times as fast as shutil.copytree here, and every test session pays for it.
        subprocess.run(["cp", "-R", f"{template}/.", self._folder / "data"], check=True)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._launch(server)
                break
            except DatabaseError:
                # Somebody else may have taken the port between its choice and its use.
                if attempt == _ATTEMPTS:
                    self.stop()
                    raise
        self._grant_nothing_but_own()
        return self

    def stop(self) -> None:
        """End the server and remove its folder. Safe to call twice."""
        if self._process is not None:
            processes.end([self._process], grace=10)
            self._process = None
        if self._folder is not None:
            processes.remove_folder(self._folder)
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str) -> str:
        """`mysql://app:password@127.0.0.1:port/database`, for DATABASE_URL."""
        return f"mysql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database, in which `app` may do everything, and return its URL.

        :raises ValueError: the name is not lower-case letters, digits and underscores.
        """
        _require_name(database)
        self._as_root(
            f"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
            f"GRANT ALL PRIVILEGES ON {database}.* TO '{USER}'@'127.0.0.1'",
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database and what it holds; no error where there is none."""
        _require_name(database)
        self._as_root(f"DROP DATABASE IF EXISTS {database}")

    def root(self) -> "Connection[Cursor]":
        """Connect as the server's administrator: to look at locks, kill a query, cut a connection.

        :raises DatabaseError: the server is not running.
        """
        if self._folder is None:
            raise DatabaseError("the database server is not running")
        return pymysql.connect(
            unix_socket=str(self._folder / "s"), user="root", charset="utf8mb4", autocommit=True
        )

    def _launch(self, server: Mariadb) -> None:
        folder = self._folder
        if folder is None:
            raise DatabaseError("the database server has no folder")
        self.port = free_port()
        log = folder / "log"
        command = [
            server.server,
            "--no-defaults",  # must come first: keeps the machine's own configuration out
            *server.place,
            f"--datadir={folder}/data",
            f"--tmpdir={folder}",  # one that starts clears away the temporary files of all in /tmp
            f"--socket={folder}/s",  # short: a socket's path may have about 100 characters
            f"--pid-file={folder}/pid",
            f"--port={self.port}",
            *mariadb.as_user(),
            *_OPTIONS,
            *(_FAST if self.fast else ()),
        ]
        with log.open("wb") as output:
            self._process = processes.spawn(
                command, environment=server.environment, folder=folder, output=output
            )
        self._wait(log)

    def _wait(self, log: Path) -> None:
        process = self._process
        deadline = time.monotonic() + _START_SECONDS
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            if _listens(log.parent / "s"):
                self.root().close()
                return
            time.sleep(0.01)
        if process is not None:
            processes.end([process])
            self._process = None
        tail = log.read_text(errors="replace").strip().splitlines()[-5:]
        raise DatabaseError("MariaDB did not start: " + " | ".join(tail))

    def _grant_nothing_but_own(self) -> None:
        self._as_root(f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{self.password}'")

    def _as_root(self, *statements: str) -> None:
        with closing(self.root()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def connect(url: str) -> "Connection[Cursor]":
    """Connect to the database of a `mysql://user:password@host:port/database` URL.

    :raises ValueError: the URL is of another kind or names no database.
    :raises pymysql.OperationalError: nobody answers, or refuses us.
    """
    parts = urlsplit(url)
    if parts.scheme != "mysql" or not parts.hostname or len(parts.path) < 2:
        raise ValueError("DATABASE_URL must read mysql://user:password@host:port/database")
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        charset="utf8mb4",
        autocommit=True,
        # On loopback; the default would build a TLS context for each connection, in 24 ms.
        ssl_disabled=parts.hostname in _LOOPBACK,
    )


def apply_schema(url: str, path: Path = SCHEMA) -> None:
    """Run every statement of a schema file: each ends with a `;` at the end of a line.

    :raises DatabaseError: a statement fails; the message names its line in the file.
    """
    text = path.read_text(encoding="utf-8")
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        begin = 0
        for end in [*(found.start() for found in _STATEMENT_END.finditer(text)), len(text)]:
            statement = text[begin:end].lstrip("; \t\r\n")
            if _holds_sql(statement):
                line = text.count("\n", 0, end) + 1
                _execute(cursor, statement, f"{path.name}, statement that ends on line {line}")
            begin = end


def tables(url: str) -> list[str]:
    """The names of the tables of a database, in order."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        return sorted(str(row[0]) for row in cursor.fetchall())


def drop_tables(url: str) -> None:
    """Drop every table, whatever it holds."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in tables(url):
            cursor.execute(f"DROP TABLE `{table}`")


def empty(url: str) -> None:
    """Delete every row of every table; which tables have any is asked of all at once."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        questions = [
            f"SELECT '{table}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `{table}`)"  # noqa: S608  # a name the database gave us
            for (table,) in cursor.fetchall()
        ]
        if questions:
            cursor.execute(" UNION ALL ".join(questions))
            for (table,) in cursor.fetchall():
                _delete_all(cursor, str(table))


def _delete_all(cursor: Cursor, table: str, attempts: int = _ATTEMPTS) -> None:
    """Delete a table's rows; somebody may still be at work on them: a deadlock is begun anew."""
    try:
        cursor.execute(f"DELETE FROM `{table}`")  # noqa: S608  # a name the database gave us
    except pymysql.OperationalError as error:
        if error.args[0] != _DEADLOCK or not attempts:
            raise
        _delete_all(cursor, table, attempts - 1)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def _listens(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        return probe.connect_ex(str(path)) == 0


def _execute(cursor: Cursor, statement: str, place: str) -> None:
    try:
        cursor.execute(statement)
    except pymysql.MySQLError as error:
        raise DatabaseError(f"{place}: {error.args[-1]}") from error


def _holds_sql(statement: str) -> bool:
    lines = (line.strip() for line in statement.splitlines())
    return any(line and not line.startswith(("--", "#")) for line in lines)


def _require_name(database: str) -> None:
    if not _NAME.fullmatch(database):
        raise ValueError(f"{database!r} is no name for a database here: [a-z][a-z0-9_]*")


def _parent(*, fast: bool) -> Path | None:
    """Memory for tests where there is room; otherwise the machine's temporary folder."""
    usable = fast and _RAM.is_dir() and os.access(_RAM, os.W_OK)
    return _RAM if usable and shutil.disk_usage(_RAM).free > _RAM_NEEDED else None
