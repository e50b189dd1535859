"""The restore drill: back up, erase, restore the backup, erase again from the ledger, look.

python -m sandbox.restore_drill
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox.app import App
from sandbox.database import connect, empty, tables
from sandbox.world import World

type Dump = dict[str, list[dict[str, Any]]]
_PATIENCE = 20.0


class DrillError(Exception):
    """The drill failed; the message says at which step."""


def dump(url: str) -> Dump:
    """Return every row of every table."""
    found: Dump = {}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table in tables(url):
            cursor.execute(f"SELECT * FROM `{table}`")  # noqa: S608  # a name the database gave us
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def restore(url: str, backup: Dump) -> None:
    """Put a dump in the place of all that is there."""
    empty(url)
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for table, rows in backup.items():
            for row in rows:
                names = ", ".join(f"`{name}`" for name in row)
                places = ", ".join(["%s"] * len(row))
                statement = f"INSERT INTO `{table}` ({names}) VALUES ({places})"  # noqa: S608  # as above
                cursor.execute(statement, list(row.values()))


def holds(url: str, word: str) -> list[str]:
    """Return the tables in which a word stands."""
    return [
        table
        for table, rows in dump(url).items()
        if any(word.casefold() in str(value).casefold() for row in rows for value in row.values())
    ]


def drill(world: World, say: Callable[[str], None]) -> None:
    """Play it in a world of which the environment is ours; raises DrillError."""
    from lib.privacy import receipt, replay

    app = App(world.url, world.environment()["VIPPS_BASE_URL"]).sign_in("kari")
    word = str(app.get("/v1/profile").json["email"])
    url = world.database_url
    backup = dump(url)
    say(f"  backed up; Kari's address stands in {', '.join(holds(url, word))}")
    token = app.post("/v1/privacy/erasure").json["receipt_token"]
    _expect(lambda: _state(app, token) == "done", "Kari is erased")
    _expect(lambda: not holds(url, word), "her address is nowhere")
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "erasures.json"
        receipt.main(["export", str(ledger)])
        restore(url, backup)
        _expect(lambda: bool(holds(url, word)), "the backup is restored, and Kari is back")
        status = replay.main([str(ledger), "--key", receipt.public_key()])
    _expect(lambda: status == 0, "the ledger is replayed")
    _expect(lambda: not holds(url, word), "her address is nowhere again")
    _expect(lambda: _state(app, token) == "done", "her receipt token leads to her receipt")
    say("  restored, erased again, clean")


def _state(app: App, token: str) -> object:
    return app.get(f"/v1/privacy/erasures/{token}").json.get("state")


def _expect(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise DrillError(f"not so: {what}")
        time.sleep(0.05)


def main() -> int:
    """Play the drill in a world of its own."""
    with World(fast=True) as world:
        os.environ.update(world.environment())
        try:
            drill(world, print)
        except DrillError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
