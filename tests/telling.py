"""The story as the tests hear it: played once, with what the providers saw and what was left."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.app import Answer, send
from sandbox.story import play
from sandbox.world import World
from tests.stage import Provider


@dataclass(frozen=True)
class Told:
    """What came of the story.

    `requests` are those that each provider received, `accounts` what accounts at Stripe hold in
    øre, `logged` what the functions wrote, `heard` every call (method and path) with its answer.
    """

    status: int
    lines: list[str]
    requests: dict[str, list[dict[str, Any]]]
    accounts: list[int]
    logged: list[str]
    heard: list[tuple[str, str, Answer]]


def tell(world: World) -> Told:
    """Play the story in a world that has seen nothing."""
    world.reset()
    # They begin without an access token and without the keys of Vipps, as in production.
    for function in ("/api/purchases", "/api/sign_in"):
        world.functions.end(function)
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    lines: list[str] = []
    heard: list[tuple[str, str, Answer]] = []
    status = play(world, lines.append, lambda *call: heard.append(call))
    return Told(
        status=status,
        lines=lines,
        requests={each.name: list(each.requests) for each in world.providers.simulators()},
        accounts=_accounts(world),
        logged=[line.text for line in world.functions.logs() if line.at >= began],
        heard=heard,
    )


def _accounts(world: World) -> list[int]:
    environment = world.environment()
    stripe = Provider(environment["STRIPE_API_BASE"])
    headers = {"Authorization": f"Bearer {environment['STRIPE_SECRET_KEY']}"}
    found = send("GET", f"{stripe.url}/v1/accounts?limit=100", None, headers).json["data"]
    shown = [stripe.control("GET", f"accounts/{account['id']}") for account in found]
    return [each["balance"]["available"] + each["balance"]["pending"] for each in shown]
