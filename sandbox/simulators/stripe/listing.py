"""Lists as Stripe pages them: newest first, by key, with a page on either side of an object."""

import operator
from collections.abc import Iterable
from typing import Any

from sandbox.simulators.stripe.errors import StripeError, missing_resource
from sandbox.simulators.stripe.params import Parameters, Specification, created, integer, text

PAGING: Specification = {
    "limit": integer(least=1, most=100),
    "starting_after": text(),
    "ending_before": text(),
    "created": created(),
}
DEFAULT_LIMIT = 10


def page(
    resources: Iterable[dict[str, Any]], params: Parameters, *, url: str, kind: str
) -> dict[str, Any]:
    """One page of `resources` (given oldest first, all of one owner, unfiltered by time).

    The cursor must be in the list that the other filters leave, as at Stripe.
    """
    newest_first = [
        item for item in reversed(list(resources)) if within(item["created"], params.get("created"))
    ]
    limit = params.get("limit", DEFAULT_LIMIT)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise StripeError("You can only pass one of starting_after and ending_before.")
    if before:
        newer = newest_first[: _position(newest_first, before, kind, "ending_before")]
        chosen, has_more = newer[-limit:], len(newer) > limit
    else:
        start = _position(newest_first, after, kind, "starting_after") + 1 if after else 0
        chosen, has_more = (
            newest_first[start : start + limit],
            len(newest_first) > start + limit,
        )
    return {"object": "list", "url": url, "has_more": has_more, "data": chosen}


def matching(
    resources: Iterable[dict[str, Any]], params: Parameters, *names: str
) -> list[dict[str, Any]]:
    """The resources whose properties have the values that were asked for, where any were."""
    wanted = {name: params[name] for name in names if name in params}
    return [item for item in resources if all(item[name] == wanted[name] for name in wanted)]


def within(moment: int, bounds: Parameters | None) -> bool:
    """Whether `moment` (seconds) lies inside the `created` filter."""
    if bounds is None:
        return True
    checks = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
    return all(checks[name](moment, bound) for name, bound in bounds.items())


def empty(url: str) -> dict[str, Any]:
    """A list object with nothing in it, as it stands inside other objects."""
    return {"object": "list", "url": url, "has_more": False, "data": []}


def _position(resources: list[dict[str, Any]], identifier: str, kind: str, param: str) -> int:
    for index, item in enumerate(resources):
        if item["id"] == identifier:
            return index
    raise missing_resource(kind, identifier, param=param, status=400)
