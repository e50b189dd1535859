"""What goes in and out about who has received what of a person."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from lib.privacy.schemas import Text
from lib.web.schema import Input, Output, Reason

type FieldName = Annotated[
    str, Field(pattern=r"^[a-z_]{1,64}\.([a-z_]{1,64}|\*)$", examples=["person.given_name"])
]


class ReceivedBy(Output):
    """Who received it; `name` is None for a person who has been erased since."""

    kind: Literal["person", "supplier", "authority", "customer"]
    key: str
    name: str | None


class DisclosedField(Output):
    """What was received, as `table.column`; `table.*` is all of a row that they may see."""

    field: str
    category: str | None
    why: str


class TellingOf(Output):
    """What the recipient was told of a change since, and what came of it.

    `told`, `waiting` (told again, or by an operator), `needless` and `impossible` (with the reason
    in `why_not`), `refused` (a supplier did not take it).
    """

    kind: Literal["rectification", "restriction", "restriction_end", "erasure"]
    fields: list[str]
    state: Literal["waiting", "told", "needless", "impossible", "refused"]
    made_at: datetime
    answered_at: datetime | None
    why_not: Text | None


class Disclosure(Output):
    """Who received what of you, for what, on which basis, when first and last.

    `context_id` is the booking or the archive that it was for, or an authority's reference;
    `ground` the law or the order that an authority named.
    """

    id: str
    recipient: ReceivedBy
    purpose: Text
    basis: Text
    ground: str | None
    context_id: str | None
    fields: list[DisclosedField]
    first_at: datetime
    last_at: datetime
    told: list[TellingOf]


class Disclosures(Output):
    """A page of it, newest first; who runs the service and its database stands in the register."""

    disclosures: list[Disclosure]
    next: str | None


class NoteDisclosure(Input):
    """What an authority was given of a person: on which law, order or consent, and why.

    `reference` is the authority's own, by which it knows the case.
    """

    recipient: str = Field(min_length=2, max_length=40)
    reference: str = Field(pattern=r"^[A-Za-z0-9./_-]{1,30}$", examples=["2026/1234"])
    fields: list[FieldName] = Field(min_length=1, max_length=100)
    basis: Literal["legal_obligation", "consent"]
    ground: str = Field(min_length=3, max_length=500)
    reason: Reason


class NotedDisclosure(Output):
    """It is noted, and the person sees it."""

    id: str
