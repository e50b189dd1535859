"""What Stripe remembers: the objects of every account, and who is told when they change."""

import copy
import random
import string
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

from sandbox.clock import Clock
from sandbox.simulators.stripe.errors import missing_resource
from sandbox.simulators.stripe.settings import Settings

type Resource = dict[str, Any]
"""One API object, as Stripe shows it."""

ALPHABET = string.ascii_letters + string.digits
DAY = 24 * 60 * 60
DEFAULT_VERSION = "2026-10-28.endive"
PLATFORM = "acct_1SandboxPlatform"
SETTINGS = ("webhook_endpoint",)
"""Kinds of objects that are settings rather than state: a reset keeps them."""


class Outcome(Protocol):
    """What the courier tells about one event on its way to one endpoint."""

    outcome: str


type Lazy = Callable[["State", str, Resource], Resource]
"""Makes what an object shows only when it is asked to expand it: (state, owner, object)."""

type Send = Callable[[Resource, str, Resource], Outcome]
"""Hands an event to the courier: (endpoint, its secret, event as the endpoint sees it)."""


class State:
    """All objects, kept by owner (the platform or a connected account) and kind.

    :param base_url: says where the simulator listens; links to its pages start with it.
    :param send: delivers an event to an endpoint.
    :param livemode: what every object says of itself: real money, or test mode.

    `secrets` and `connect` hold what an endpoint does not show: its signing secret, and whether
    it hears of connected accounts. `request` is the request being handled, which events name.
    `lazy` makes properties that only `expand` shows, by kind and name. `notes` is what Stripe knows
    of an object and does not show.
    """

    def __init__(
        self, clock: Clock, base_url: Callable[[], str], send: Send, *, livemode: bool = False
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self.send = send
        self.livemode = livemode
        self.settings = Settings()
        self.lazy: dict[tuple[str, str], Lazy] = {}
        self.notes: dict[str, dict[str, Any]] = defaultdict(dict)
        self.secrets: dict[str, str] = {}
        self.connect: dict[str, bool] = {}
        self.request: Resource = {"id": None, "idempotency_key": None}
        self._objects: dict[tuple[str, str], dict[str, Resource]] = defaultdict(dict)
        self.deliveries: dict[str, list[Outcome]] = {}

    def reset(self) -> None:
        """Forget every object that is not a setting."""
        for key in [key for key in self._objects if key[1] not in SETTINGS]:
            del self._objects[key]
        self.deliveries.clear()
        self.notes.clear()
        self.settings.reset()

    def now(self) -> int:
        """The sandbox's time in whole seconds since 1970."""
        return int(self.clock.now().timestamp())

    def add(self, owner: str, kind: str, resource: Resource) -> Resource:
        """Keep a new object."""
        self._objects[owner, kind][resource["id"]] = resource
        return resource

    def all(self, owner: str, kind: str) -> list[Resource]:
        """The objects of one owner and kind, oldest first."""
        return list(self._objects[owner, kind].values())

    def get(self, owner: str, kind: str, identifier: str, param: str = "id") -> Resource:
        """One object. :raises StripeError: the owner has none by that id."""
        found = self._objects[owner, kind].get(identifier)
        if found is None:
            raise missing_resource(kind, identifier, param=param)
        return found

    def find(self, owner: str, identifier: str) -> Resource | None:
        """One object of any kind by its id, for `expand`; accounts belong to the platform."""
        for (holder, _), objects in self._objects.items():
            if identifier in objects and holder in {owner, PLATFORM}:
                return objects[identifier]
        return None

    def remove(self, owner: str, kind: str, identifier: str) -> None:
        """Forget one object."""
        del self._objects[owner, kind][identifier]

    def owners(self) -> list[str]:
        """The connected accounts that exist."""
        return [account["id"] for account in self.all(PLATFORM, "account")]


def new_id(prefix: str) -> str:
    """An id as Stripe makes them: a prefix and 24 letters and digits."""
    return f"{prefix}_1" + "".join(random.choices(ALPHABET, k=23))


def snapshot(resource: Resource) -> Resource:
    """An independent copy of an object, as it is now."""
    return copy.deepcopy(resource)


def difference(before: Resource, after: Resource) -> Resource:
    """The values of `before` that changed: an event's `previous_attributes`."""
    changed: Resource = {}
    for name, old in before.items():
        new = after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            if inner := difference(old, new):
                changed[name] = inner
        elif old != new:
            changed[name] = old
    changed.update(dict.fromkeys(after.keys() - before.keys()))
    return changed
