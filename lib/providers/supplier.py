"""What the register says of a supplier: what for, which data, where, and on which ground."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from lib.core import config

type Role = Literal["processor", "controller", "public_register"]


class Words(NamedTuple):
    """A text in both languages of the product."""

    nb: str
    en: str


class UnregisteredHostError(Exception):
    """Something was to be sent to a host that is not the supplier's; nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """One supplier.

    `fields` names what it gets, `erasure` how a person's data ends there, or why it holds none.
    `since` is None until it is used. One that our code never calls has no address of its own.
    """

    key: str
    name: str
    role: Role
    since: date | None
    purpose: Words
    fields: Words
    place: Words
    transfer_ground: Words
    erasure: Words
    policy_url: str
    base_url_variable: str = ""
    default_base_url: str = ""

    def base_url(self) -> str:
        """Return where its API is, without a trailing slash; raises UnregisteredHostError."""
        if not self.base_url_variable:
            raise UnregisteredHostError(f"{self.key} is never called")
        return config.base_url(self.base_url_variable, self.default_base_url)
