"""One operation of the API: where it answers, what it takes, what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.params import Parameters, Specification, items, parse, text
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, snapshot

EXPAND: Specification = {"expand": items(text())}
MAX_DEPTH = 4


@dataclass(frozen=True)
class Call:
    """A request that was read and found valid.

    `owner` is the account it acts on, `version` the API version with the previews that it asks for.
    """

    state: State
    owner: str
    params: Parameters
    ids: Mapping[str, str]
    version: str = ""

    @property
    def connected(self) -> bool:
        """Whether it acts on a connected account (header Stripe-Account)."""
        return self.owner != PLATFORM


@dataclass(frozen=True)
class Operation:
    """A method and a path, the parameters allowed there, and what `expand` may name."""

    method: str
    path: str
    act: Callable[[Call], Resource]
    parameters: Specification = field(default_factory=dict)
    expandable: tuple[str, ...] = ()

    def read(self, form: Mapping[str, object]) -> Parameters:
        """Check the parameters. :raises StripeError: the first that is wrong."""
        return parse(form, {**self.parameters, **EXPAND})

    def answer(self, call: Call) -> Resource:
        """Act, and return a copy of the object with what `expand` asked for."""
        names = call.params.get("expand", [])
        for index, name in enumerate(names):
            if ".".join(name.split(".")[: _known(name)]) not in self.expandable:
                raise _not_expandable(name, index)
            if name.count(".") >= MAX_DEPTH:
                message = f"You cannot expand more than {MAX_DEPTH} levels of a property"
                raise StripeError(f"{message} ({name}).", param=f"expand[{index}]")
        resource = snapshot(self.act(call))
        for index, name in enumerate(names):
            _expand(call, resource, name.split("."), (_known(name), _not_expandable(name, index)))
        return resource


def _known(name: str) -> int:
    """How many steps of what is to be expanded an operation names; further ones show by looking."""
    return 2 if name.startswith("data.") else 1


def _not_expandable(name: str, index: int) -> StripeError:
    return StripeError(f"This property cannot be expanded ({name}).", param=f"expand[{index}]")


def _expand(
    call: Call, resource: Resource, steps: list[str], otherwise: tuple[int, StripeError]
) -> None:
    """Put the object in the place of its id, step by step, in lists for every item.

    `otherwise`: how many steps are known to be right, though a property may be absent, and what is
    raised for others.
    """
    step, rest = steps[0], steps[1:]
    known, refusal = otherwise
    make = call.state.lazy.get((str(resource.get("object")), step))
    if make is not None:
        resource[step] = snapshot(make(call.state, call.owner, resource))
    if step not in resource and known <= 0:
        raise refusal
    value = resource.get(step)
    if isinstance(value, str):
        found = call.state.find(call.owner, value)
        if found is None:
            return
        value = resource[step] = snapshot(found)
    for item in value if isinstance(value, list) else [value]:
        if rest and isinstance(item, dict):
            _expand(call, item, rest, (known - 1, refusal))
