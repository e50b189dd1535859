"""What goes in and out about places where others wrote of somebody who was erased."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from lib.core import ids
from lib.core.errors import ProblemError
from lib.privacy.schemas import Value
from lib.privacy.vocabulary import Words
from lib.web.schema import CheckedPageQuery, Input, Output, Reason

type LeavingGround = Literal["somebody_else", "expression", "law", "claim", "gone"]

# Why a place stays as it is (GDPR Art. 17(3)), as the person who was erased reads it.
GROUNDS: dict[LeavingGround, Words] = {
    "somebody_else": Words("Det handler ikke om deg.", "It is not about you."),
    "expression": Words(
        "Den som skrev det, har rett til å ytre det (art. 17 nr. 3 a).",
        "Whoever wrote it has the right to say so (Art. 17(3)(a)).",
    ),
    "law": Words(
        "Loven krever at det bevares (art. 17 nr. 3 b).",
        "The law demands that it is kept (Art. 17(3)(b)).",
    ),
    "claim": Words(
        "Det trengs for et rettskrav (art. 17 nr. 3 e).",
        "It is needed for a legal claim (Art. 17(3)(e)).",
    ),
    "gone": Words("Det sto der ikke lenger.", "It was no longer there."),
}


class ListMentions(CheckedPageQuery):
    """A page of the places of a case."""

    request_id: str = Field(pattern="^prq" + ids.PATTERN)


# The mark that takes the place of a word is three characters, so that the text never grows.
Removed = Annotated[str, Field(min_length=3, max_length=200)]


class Redact(Input):
    """Which words to take out of the text that was read, and why; `version` says what was read."""

    version: str = Field(min_length=64, max_length=64)
    remove: list[Removed] = Field(min_length=1, max_length=20)
    reason: Reason


class LeaveMention(Input):
    """On which ground the words stay; the person who was erased is told that."""

    ground: LeavingGround
    reason: Reason


class Mention(Output):
    """A place, by table, column and key; the key is forgotten when it is dealt with."""

    id: str
    table: str
    column: str
    why: str
    row_key: list[Value] | None
    state: Literal["open", "redacted", "left"]
    ground: LeavingGround | None
    found_at: datetime
    settled_at: datetime | None


class Mentions(Output):
    """A page of places; `next` asks for the one that follows."""

    mentions: list[Mention]
    next: str | None


class MentionText(Mention):
    """A place with the words that stand in it, None where they are gone; and their version."""

    text: str | None
    version: str


class MentionSettledError(ProblemError):
    """Somebody has dealt with the place before."""

    status, code = 409, "mention_settled"
    nb, en = "Stedet er behandlet", "The place has been dealt with"


class MentionChangedError(ProblemError):
    """What stands there is no longer what was read."""

    status, code = 409, "mention_changed"
    nb, en = "Teksten er endret siden den ble lest", "The text has changed since it was read"


class MentionHeldError(ProblemError):
    """A hold keeps the data of whoever wrote it, as evidence."""

    status, code = 409, "mention_held"
    nb = "Teksten holdes tilbake for en tvist eller et krav"
    en = "The text is held back for a dispute or a claim"


# What dealing with a place can be refused with.
REFUSALS = (MentionSettledError, MentionChangedError, MentionHeldError)
