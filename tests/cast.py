"""The cast of every test: the same few people, signed in over HTTP as the app signs them in.

Ola is the mentor, Kari the mentee, Ingrid the stranger whom nothing concerns, Marit a customer's
admin and Henrik an operator. Each signs in when a test first speaks of them.
"""

from datetime import datetime
from functools import cached_property

from lib.accounts import repository as accounts
from lib.core import ids
from lib.core.db import Db, transact
from lib.sessions import service as sessions
from sandbox.app import Answer, App
from sandbox.world import World


class Cast:
    """The people of one test."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def mentor(self) -> App:
        """Ola, signed in; what he sells is for the test to say."""
        return self.app().sign_in("ola")

    @cached_property
    def mentee(self) -> App:
        """Kari, signed in."""
        return self.app().sign_in("kari")

    @cached_property
    def stranger(self) -> App:
        """Ingrid, signed in, and no party to anything."""
        return self.app().sign_in("ingrid")

    @cached_property
    def admin(self) -> App:
        """Marit, signed in."""
        return self.app().sign_in("marit")

    @cached_property
    def operator(self) -> App:
        """Henrik, signed in."""
        return self.app().sign_in("henrik")

    def app(self) -> App:
        """Return a device on which nobody is signed in."""
        return App(self.world.url, self.world.environment()["VIPPS_BASE_URL"])

    def crowd(self, number: int) -> list[App]:
        """Return so many people, signed in without Vipps, for tests of many at once."""
        now = self.world.clock.now()
        return transact(lambda db: [self._anybody(db, index, now) for index in range(number)])

    def _anybody(self, db: Db, index: int, now: datetime) -> App:
        app = self.app()
        app.person_id = ids.new("per")
        accounts.insert_person(
            db,
            {
                "id": app.person_id,
                "given_name": "Person",
                "family_name": f"Nummer {index}",
                "email": f"person{index}@example.no",
                "email_verified": True,
                "phone": f"4740{index:06}",
                "phone_verified": True,
                "language": "nb",
                "time_zone": "Europe/Oslo",
                "now": now,
            },
        )
        tokens = sessions.open_session(
            db, person_id=app.person_id, device_name="Telefon", authenticated_at=now, now=now
        )
        app.access_token, app.refresh_token = tokens.access_token, tokens.refresh_token
        return app


def refusal(answer: Answer) -> tuple[int, str]:
    """Return the status and the code with which a call was refused."""
    return answer.status, str(answer.json["code"])
