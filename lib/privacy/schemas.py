"""What the privacy functions answer: an export's pages, what an erasure would do, and did."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from lib.privacy.vocabulary import Words
from lib.web.schema import Input, Output

type Right = Literal["access", "portability"]
# A value of a column: times are ISO 8601 in UTC, JSON columns are themselves.
type Value = str | int | float | bool | list[Value] | dict[str, Value] | None


class Text(Output):
    """A sentence in Norwegian and in English."""

    nb: str
    en: str

    @classmethod
    def of(cls, words: Words) -> "Text":
        """Return the words as what is answered."""
        return cls(nb=words.nb, en=words.en)


class ExportQuery(Input):
    """Which page, and by which right: everything (access), or what you provided (portability)."""

    after: str | None = Field(default=None, max_length=2000)
    right: Right = "access"


class ExportedColumn(Output):
    """A column: its fideslang category, who may see it, and why it is there."""

    name: str
    category: str | None
    seen_by: Text
    why: str


class ExportedTable(Output):
    """Rows about the person from one table, with its purpose, legal basis and term."""

    table: str
    why: str
    purpose: Text
    basis: Text
    kept: Text
    columns: list[ExportedColumn]
    rows: list[dict[str, Value]]


class ExportPage(Output):
    """At most 500 rows; `next` asks for the page that follows and is None on the last."""

    tables: list[ExportedTable]
    next: str | None


class Going(Output):
    """What goes from one table: whole rows (`delete`), or what stands in `columns` of them."""

    table: str
    why: str
    action: Literal["delete", "columns"]
    columns: list[str]
    rows: int


class Staying(Output):
    """What stays in one table: why, on which ground, and when the last of it goes.

    `until` is None where no term runs: `ground` then says why a row without a name stays.
    """

    table: str
    why: str
    columns: list[str]
    rows: int
    purpose: Text
    basis: Text
    ground: Text
    until: datetime | None


class Erase(Input):
    """Leave; what you are still owed as a mentor can be left behind, confirmed to the øre.

    Nobody can pay you once we do not know you. It stays in our books as owed, and whoever shows the
    receipt is paid it by an operator.
    """

    leave_unpaid_ore: int | None = Field(default=None, gt=0)


class ErasurePreview(Output):
    """What an erasure would do now; with `obstacles` it would be refused.

    `unpaid_ore` is what you have earned and no payout is under way for: wait until it is paid, or
    confirm that you leave it behind.
    """

    goes: list[Going]
    stays: list[Staying]
    obstacles: list[str]
    unpaid_ore: int = 0


class SupplierAnswer(Output):
    """What a supplier answered when it was told to erase; `waiting` is told again."""

    supplier: str
    state: Literal["waiting", "done", "refused"]
    answer: str | None
    answered_at: datetime | None


class RecipientsTold(Output):
    """How many recipients of a kind were told of an erasure, or what else came of it."""

    recipient_kind: Literal["person", "supplier", "authority", "customer"]
    state: Literal["waiting", "told", "needless", "impossible", "refused"]
    number: int


class MentionsLeft(Output):
    """How many places stay as they are, and why."""

    ground: str
    text: Text
    places: int


class MentionsTold(Output):
    """What becomes of what others wrote of you: by when it is read, and what was decided.

    Places are read one by one; `open` are still to be. `complaint` says where to turn if you do
    not agree.
    """

    open: int
    redacted: int
    left: list[MentionsLeft]
    due_at: datetime
    closed_at: datetime | None
    complaint: Text


class ErasureStatus(Output):
    """Where an erasure stands: what goes and what stays, and, once done, the signed receipt.

    When it is done, a search of the whole database had found nothing at `finished_at`. `mentions`
    is there where others wrote of you in their own words.
    """

    id: str
    state: Literal["planned", "acting", "looking", "done"]
    requested_at: datetime
    finished_at: datetime | None
    erased: list[Going]
    kept: list[Staying]
    suppliers: list[SupplierAnswer]
    recipients: list[RecipientsTold]
    mentions: MentionsTold | None
    receipt: dict[str, Value] | None


class ErasureBegun(ErasureStatus):
    """An erasure that is planned; with `receipt_token`, told only here, anyone may follow it."""

    receipt_token: str


class ReceiptKey(Output):
    """The key that receipts are signed with, to verify them without us."""

    key_id: str
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
