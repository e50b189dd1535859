"""Archives for people who can't sign in: opened with a link and a code that come on two ways.

Who can sign in fetches an archive so, and in no other way. For the rest two operators agree to hand
it over. One of them gets the link to send, the other the code: neither can open it alone, and
whoever takes one letter or one call has half. Five wrong codes end it, and so does a day after it
was first opened. Both halves are made from the key of a row with a key of ours, and stored nowhere.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from lib.accounts import service as accounts
from lib.approvals import service as approvals
from lib.approvals.repository import Row as Proposal
from lib.cases import service as cases
from lib.cases.schemas import RequestStateError
from lib.core import config, ids
from lib.core.db import Db, transact
from lib.core.errors import NotFoundError, ProblemError
from lib.privacy import collection_repository as repository
from lib.privacy import export_repository, exports, receipt
from lib.privacy.collection_repository import Row
from lib.privacy.schemas import Right
from lib.web.schema import Input, Output

_MOST_TRIES = 5
_OPEN_FOR = timedelta(hours=24)
_LINK_LASTS = timedelta(minutes=10)
_CODE_LENGTH = 10
_PAGES = {"nb": "dine-data", "en": "en/your-data"}


class CodeWrongError(ProblemError):
    """The link is good and the code is not; after the fifth the archive can't be collected."""

    status, code = 403, "code_wrong"
    nb, en = "Koden stemmer ikke", "The code is wrong"


class ArchiveNotReadyError(ProblemError):
    """The archive is still being made."""

    status, code = 409, "archive_not_ready"
    nb, en = "Arkivet er ikke ferdig ennå", "The archive is not ready yet"


class Collect(Input):
    """The secret at the end of the link, and the code that came on another way."""

    link: str = Field(min_length=43, max_length=43)
    code: str = Field(min_length=1, max_length=30)


class Knock(Output):
    """Who has knocked with which outcome; `told` follows the commit, so that each try counts."""

    collection_id: str
    is_right: bool


class Collected(Output):
    """Where the archive can be fetched, for ten minutes; ask again for another address."""

    url: str
    until: datetime


@dataclass(frozen=True)
class Halves:
    """What an operator has to send: one of the two, or neither."""

    link: str | None = None
    code: str | None = None


def prepare(db: Db, proposal: Proposal, now: datetime) -> None:
    """Let an archive be collected, as two operators have agreed.

    Raises NotFoundError; RequestStateError where the request is no longer open, or there is no
    archive (any more).
    """
    asked = cases.granted(db, proposal.object_id)
    if not asked.is_due or asked.person_id != proposal.person_id:
        raise RequestStateError
    if asked.kind not in {"access", "portability"}:
        raise RequestStateError
    right: Right = "portability" if asked.kind == "portability" else "access"
    made = exports.newest(db, person_id=asked.person_id, right=right, now=now)
    if made is None:
        raise RequestStateError
    row = Row(
        id=_key(proposal),
        export_id=made.id,
        link_hash=_hash(_link(_key(proposal))),
        tries=0,
        made_at=now,
        collected_at=None,
    )
    repository.insert(db, row)


def halves(db: Db, request_id: str, *, operator_id: str) -> Halves:
    """Return what this operator has to send of an archive that is handed over."""
    proposal = approvals.approved(db, object_id=request_id, action="hand_out_archive")
    row = repository.find(db, _key(proposal)) if proposal else None
    if proposal is None or row is None:
        return Halves()
    if operator_id == proposal.proposed_by:
        language = accounts.profile(db, person_id=str(proposal.person_id)).language
        page = f"{config.public_url()}/{_PAGES.get(language, _PAGES['nb'])}"
        return Halves(link=f"{page}#{_link(row.id)}")
    if operator_id == proposal.decided_by:
        code = _code(row.id)
        return Halves(code=f"{code[:5]}-{code[5:]}")
    return Halves()


def collect(db: Db, wanted: Collect, *, now: datetime) -> Knock:
    """Compare the code, and count one that is wrong; raises NotFoundError for a link that is over.

    One that never was and one that is over are one answer.
    """
    row = repository.lock(db, link_hash=_hash(wanted.link))
    if row is None or not _is_open(db, row, now):
        raise NotFoundError
    is_right = hmac.compare_digest(_typed(wanted.code), _code(row.id))
    if not is_right:
        repository.count_try(db, row.id)
    return Knock(collection_id=row.id, is_right=is_right)


def told(knock: Knock, now: datetime) -> Collected:
    """Return where to fetch it; raises CodeWrongError, ArchiveNotReadyError, NotFoundError."""
    if not knock.is_right:
        raise CodeWrongError
    url, until = transact(lambda db: _opened(db, knock.collection_id, now))
    return Collected(url=url, until=until)


def _opened(db: Db, collection_id: str, now: datetime) -> tuple[str, datetime]:
    row = repository.find(db, collection_id)
    job = export_repository.find(db, row.export_id) if row else None
    if job is None or not exports.is_there(job, now):
        raise NotFoundError
    if job.ready_at is None:
        raise ArchiveNotReadyError
    repository.collected(db, collection_id, now)
    until = min(now + _LINK_LASTS, job.ready_at + exports.KEPT)
    return exports.link_to(job, now=now, until=until), until


def _is_open(db: Db, row: Row, now: datetime) -> bool:
    job = export_repository.find(db, row.export_id)
    is_late = row.collected_at is not None and now >= row.collected_at + _OPEN_FOR
    return (
        job is not None and exports.is_there(job, now) and row.tries < _MOST_TRIES and not is_late
    )


def _key(proposal: Proposal) -> str:
    return ids.of("col", proposal.id)


def _link(collection_id: str) -> str:
    made = receipt.derived(f"link to the archive {collection_id}")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _code(collection_id: str) -> str:
    made = receipt.derived(f"code of the archive {collection_id}")
    return base64.b32encode(made).decode()[:_CODE_LENGTH]


def _typed(code: str) -> str:
    """Return a code as it was meant: 0 and 1 are in none, so that they can only be O and I."""
    letters = "".join(each for each in code.upper() if each.isalnum() and each.isascii())
    return letters.replace("0", "O").replace("1", "I")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
