"""One operation of the API: where it answers, what it takes, what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.simulators.stripe.errors import StripeError
from sandbox.simulators.stripe.params import Parameters, Specification, items, parse, text
from sandbox.simulators.stripe.state import PLATFORM, Resource, State, snapshot

EXPAND: Specification = {"expand": items(text())}


@dataclass(frozen=True)
class Call:
    """A request that was read and found valid. `owner` is the account it acts on."""

    state: State
    owner: str
    params: Parameters
    ids: Mapping[str, str]

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
            if name not in self.expandable:
                raise StripeError(
                    f"This property cannot be expanded ({name}).", param=f"expand[{index}]"
                )
        resource = snapshot(self.act(call))
        for name in names:
            _expand(call, resource, name)
        return resource


def _expand(call: Call, resource: Resource, name: str) -> None:
    nested = name.removeprefix("data.")
    targets = resource["data"] if nested != name else [resource]
    for target in targets:
        identifier = target.get(nested)
        found = call.state.find(call.owner, identifier) if isinstance(identifier, str) else None
        if found is not None:
            target[nested] = snapshot(found)
