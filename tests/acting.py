"""What tests of operators' work begin with: Henrik made an operator, and one who has asked."""

from typing import Any

from lib.core.db import transact
from lib.operators import service
from sandbox.app import App
from tests.cast import Cast


def operator(cast: Cast) -> App:
    """Return Henrik, signed in and made an operator."""
    henrik = cast.operator
    now = cast.world.clock.now()
    transact(lambda db: service.grant(db, henrik.person_id, "Ansatt", now))
    return henrik


def second_operator(cast: Cast) -> App:
    """Return Marit, signed in and made an operator too: for what takes two."""
    marit = cast.admin
    now = cast.world.clock.now()
    transact(lambda db: service.grant(db, marit.person_id, "Ansatt", now))
    return marit


def granted(henrik: App, cast: Cast, person: App, kind: str) -> str:
    """Return the id of a request that came by mail, is the person's, and is granted."""
    request_id = str(mailed(henrik, cast, kind)["id"])
    steps: dict[str, dict[str, str]] = {
        "identify": {"person_id": person.person_id, "reason": "Ringte tilbake"},
        "decide": {"decision": "granted", "reason": "Du har rett til det"},
    }
    for step, body in steps.items():
        answer = henrik.post(f"/v1/operator/requests/{request_id}/{step}", body)
        assert answer.status == 200, answer.json
    return request_id


def mailed(henrik: App, cast: Cast, kind: str = "access") -> dict[str, Any]:
    """Return a request that came by mail and was typed in."""
    wanted = {
        "kind": kind,
        "channel": "mail",
        "details": "Brev fra Kari",
        "received_at": cast.world.clock.now().isoformat(),
    }
    answer = henrik.post("/v1/operator/requests", wanted)
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def asked(person: App, kind: str = "access") -> dict[str, Any]:
    """Return a request that a person has made in the app."""
    answer = person.post("/v1/privacy/requests", {"kind": kind, "details": "Jeg vil det"})
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found
