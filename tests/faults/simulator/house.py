"""What a worker plays its runs in: one database, the providers, the product loaded and ready.

It is set up once; each run begins by emptying it. The driver does everything on one thread.
"""

import gc
import os
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import pymysql

from sandbox import database as databases
from sandbox.database import Database
from sandbox.providers import Providers
from sandbox.simulators.stripe import StripeSimulator
from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.whereby import WherebySimulator
from sandbox.vercel_config import VercelConfig
from tests.faults.simulator import bucket, chance
from tests.faults.simulator.doors import Doors
from tests.faults.simulator.instance import Handler
from tests.faults.simulator.timeline import Timeline

ROOT = Path(__file__).resolve().parents[3]
PUBLIC_URL = "http://localhost:3000"
CRON_SECRET = "cron-secret-of-the-simulator"
_OWN = {
    "APP_ORIGINS": "http://localhost:8081",
    "APP_URL": f"{PUBLIC_URL}/app",
    "CRON_SECRET": CRON_SECRET,
    "EXPORT_BUCKET": bucket.NAME,
    "PUBLIC_URL": PUBLIC_URL,
    "RECEIPT_SIGNING_KEY": "c2ltdWxhdG9yLW9mLWZhdWx0cy0zMi1ieXRlcy1rZXk=",
    "SIGN_UP_KEY": "c2ltdWxhdG9yLW9mLWZhdWx0cy0zMi1ieXRlcy1rZXk=",
    "UNSUBSCRIBE_KEY": "unsubscribe-key-of-the-simulator",
    "CALENDAR_KEY": "calendar-key-of-the-simulator",
}
_WAITS = re.compile(r"^LOCK WAIT ", re.MULTILINE)
# Loaded late by the product; here once, before instances are forked from this process.
_SDKS = (
    *("boto3.session", "boto3.s3.inject", "botocore.config", "jwt", "netrc", "requests", "stripe"),
    *(f"stripe.{name}" for name in ("checkout._session", "checkout._session_service")),
    *(
        f"stripe._{name}"
        for name in (
            *("account", "account_link", "account_link_service", "account_service", "balance"),
            *("balance_service", "balance_transaction", "balance_transaction_service", "payout"),
            *("bank_account", "capability", "charge", "checkout_service", "customer", "dispute"),
            *("dispute_service", "event", "event_service", "list_object", "oauth", "person"),
            *("payment_intent", "payment_intent_service", "payout_service", "refund"),
            *("refund_service", "stripe_client", "transfer", "transfer_service", "webhook"),
            *("webhook_endpoint", "webhook_endpoint_service"),
        )
    ),
)


class House:
    """A context manager; inside it, runs can be played."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.doors = Doors(self.timeline)
        self._stack = ExitStack()
        self._connection: pymysql.connections.Connection[pymysql.cursors.Cursor]
        self.vipps: VippsSimulator
        self.stripe: StripeSimulator
        self.whereby: WherebySimulator
        self.config = VercelConfig.read(ROOT / "vercel.json")

    def __enter__(self) -> Self:
        """Set everything up."""
        chance.install()
        url = self._start_database()
        os.environ.update({**_OWN, **self._open_doors(), "DATABASE_URL": url})
        self._connection = databases.connect(url)
        self._stack.callback(self._connection.close)
        self.tables = databases.tables(url)
        self._load()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def rows(self, sql: str, params: object = None) -> list[dict[str, Any]]:
        """Return what is committed in the database."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, params)
            names = [column[0] for column in cursor.description or ()]
            return [
                {name: _aware(value) for name, value in zip(names, row, strict=True)}
                for row in cursor.fetchall()
            ]

    def change(self, sql: str, params: object = None) -> None:
        """Write what a run begins with."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, params)

    def empty(self) -> None:
        """Forget every row, and what happened at the providers."""
        for table in self.tables:
            self.change(f"DELETE FROM `{table}`")  # noqa: S608 (a name that the database gave us)
        self.doors.reset()

    def reverse(self, transfer_id: str, amount: int) -> int:
        """Have a transfer at Stripe come back, in whole or in part; return the status."""
        path = f"{self.stripe.base_url}/v1/transfers/{transfer_id}/reversals"
        key = {"Authorization": f"Bearer {self.stripe.secret_key}"}
        return self.doors.post(path, headers=key, data={"amount": amount})[0]

    def lock_waits(self) -> int:
        """Return how many connections wait at this moment for a row that another has locked.

        The tables about locks are a tenth of a second old, and the counter is set back by who has
        waited, not by who lets them go on: only the monitor says what is so.
        """
        return len(_WAITS.findall(self.transactions()))

    def transactions(self) -> str:
        """Return what the monitor says of every transaction."""
        with self._root.cursor() as cursor:
            cursor.execute("SHOW ENGINE INNODB STATUS")
            found = cursor.fetchone()
        text = str(found[2]) if found else ""
        return text[text.find("LIST OF TRANSACTIONS") : text.find("FILE I/O")]

    def are_gone(self, connections: set[int]) -> bool:
        """Return whether the server has noticed that these connections are no more."""
        if not connections:
            return True
        sql = "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id IN %s"
        return int(self.rows(sql, [sorted(connections)])[0]["n"]) == 0

    @cache  # noqa: B019 (a worker has one house, for as long as it lives)
    def function_of(self, path: str) -> str:
        """Return which function vercel.json sends a path to, as a module's name."""
        for rewrite in self.config.rewrites:
            found = rewrite.apply(path)
            if found:
                return found[0].removeprefix("/").replace("/", ".")
        raise LookupError(path)

    @staticmethod
    def handler_of(function: str) -> Handler:
        """Return the class that serves a function's requests."""
        found: Handler = import_module(function).handler
        return found

    def _start_database(self) -> str:
        database = Database(fast=True, say=lambda _: None)
        self._stack.callback(database.stop)
        database.start()
        self._root = database.root()
        self._stack.callback(self._root.close)
        url = database.create("faults")
        databases.apply_schema(url)
        return url

    def _open_doors(self) -> dict[str, str]:
        storage = bucket.Bucket(self.timeline)
        self.doors.open(storage)
        self._stack.callback(self.doors.close)
        providers = Providers(self.timeline, PUBLIC_URL, storage.variables(), self.doors.set_up)
        for simulator in providers.simulators():
            self.doors.open(simulator)
        if not (providers.vipps and providers.stripe and providers.whereby):
            raise LookupError("the environment names other providers")
        self.vipps, self.stripe = providers.vipps, providers.stripe
        self.whereby = providers.whereby
        return providers.variables()

    def _load(self) -> None:
        """Load all of the product, so that no instance has to."""
        for folder in ("lib", "api"):
            for file in sorted((ROOT / folder).rglob("*.py")):
                import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for name in _SDKS:
            import_module(name)
        from lib.privacy import contract

        contract.load()
        gc.collect()
        gc.freeze()


def _aware(value: Any) -> Any:  # noqa: ANN401 (a value of any column)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
