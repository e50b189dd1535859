"""Rights that an operator carries out for somebody who has asked, being unable to do it themselves.

The request must be theirs (identified) and granted. Restricting is done at once: it protects and
can be ended. Erasing can't be undone and an archive may reach the wrong person, so each of these
waits for a second operator. An archive is otherwise fetched by whoever signs in as the person.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from lib.approvals import service as approvals
from lib.approvals.repository import Row as Proposal
from lib.approvals.rules import Action, Deed
from lib.approvals.schemas import Approval, FourEyesError
from lib.cases import service as cases
from lib.cases.schemas import RequestStateError
from lib.core.db import Db
from lib.operators import service as operators
from lib.privacy import collecting, exports, leaving, receipt, service
from lib.privacy import erasure_repository as erasures
from lib.privacy.archive_schemas import ExportState
from lib.privacy.schemas import ErasureBegun, Right
from lib.web.schema import Input, Output, Reason


class CarryOut(Input):
    """Why it is done; `by_hand`: an archive for somebody who can't sign in to fetch it."""

    reason: Reason
    by_hand: bool = False


class CarriedOut(Output):
    """What came of it: done, or proposed to a second operator (`approval`).

    `obstacles` must be over before an erasure is approved. `export` is how far the archive is.
    """

    request_id: str
    is_done: bool
    approval: Approval | None = None
    obstacles: list[str] = Field(default_factory=list)
    export: ExportState | None = None


class Outcome(CarriedOut):
    """What is to be told the person.

    An erasure is followed with `erasure.receipt_token`. Of an archive that is handed over, the
    operator who proposed it sends the `link`, the one who approved it the `code`, each on a way of
    its own.
    """

    erasure: ErasureBegun | None = None
    link: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class _Errand:
    """A granted request that an operator carries out now, and why."""

    request_id: str
    person_id: str
    kind: str
    reason: str
    operator_id: str
    now: datetime


def carry_out(
    db: Db, request_id: str, wanted: CarryOut, *, operator_id: str, now: datetime
) -> CarriedOut:
    """Do what was granted, or propose it to a second operator.

    Raises NotFoundError, RequestStateError, FourEyesError, TooManyExportsError.
    """
    asked = cases.granted(db, request_id)
    if not asked.is_due:
        raise RequestStateError
    if asked.person_id == operator_id:
        raise FourEyesError
    errand = _Errand(request_id, asked.person_id, asked.kind, wanted.reason, operator_id, now)
    match asked.kind:
        case "restriction":
            return _restricted(db, errand)
        case "erasure":
            return _erasure_proposed(db, errand)
        case "access" | "portability":
            return _archive_begun(db, errand, asked.kind, by_hand=wanted.by_hand)
    raise RequestStateError


def erase(db: Db, proposal: Proposal, now: datetime) -> None:
    """Plan an erasure that two operators agree on; the same engine carries it out.

    Raises RequestStateError where the request is no longer open, ErasureRefusedError.
    """
    asked = cases.granted(db, proposal.object_id)
    if not asked.is_due or asked.person_id != proposal.person_id:
        raise RequestStateError
    leaving.ask(db, person_id=asked.person_id, now=now)


def outcome(db: Db, request_id: str, *, operator_id: str, now: datetime) -> Outcome:
    """Return what came of carrying a request out; the reading is logged.

    Raises NotFoundError, RequestStateError.
    """
    asked = cases.granted(db, request_id)
    errand = _Errand(request_id, asked.person_id, asked.kind, asked.kind, operator_id, now)
    _log(db, errand, "read_outcome")
    match asked.kind:
        case "erasure":
            return _erasure_told(db, errand)
        case "access" | "portability":
            return _archive_told(db, errand, asked.kind)
    return Outcome(request_id=request_id, is_done=asked.is_done)


def _restricted(db: Db, errand: _Errand) -> CarriedOut:
    from lib.consent import service as consent

    consent.restrict(db, person_id=errand.person_id, now=errand.now)
    cases.carried_out(db, person_id=errand.person_id, kind="restriction", now=errand.now)
    _log(db, errand, "restrict_person")
    return CarriedOut(request_id=errand.request_id, is_done=True)


def _erasure_proposed(db: Db, errand: _Errand) -> CarriedOut:
    return CarriedOut(
        request_id=errand.request_id,
        is_done=False,
        approval=_proposed(db, errand, "erase_person"),
        obstacles=leaving.preview(db, person_id=errand.person_id, now=errand.now).obstacles,
    )


def _archive_begun(db: Db, errand: _Errand, right: Right, *, by_hand: bool) -> CarriedOut:
    made = exports.newest(db, person_id=errand.person_id, right=right, now=errand.now)
    if made is None:
        made = exports.ask(db, person_id=errand.person_id, right=right, now=errand.now)
        _log(db, errand, "make_archive")
    return CarriedOut(
        request_id=errand.request_id,
        is_done=False,
        approval=_proposed(db, errand, "hand_out_archive") if by_hand else None,
        export=made.state,
    )


def _erasure_told(db: Db, errand: _Errand) -> Outcome:
    found = erasures.of_person(db, errand.person_id)
    if found is None:
        return Outcome(request_id=errand.request_id, is_done=False)
    told = dict(service.status(db, found))
    return Outcome(
        request_id=errand.request_id,
        is_done=found.state == "done",
        erasure=ErasureBegun(**told, receipt_token=receipt.token(found.id)),
    )


def _archive_told(db: Db, errand: _Errand, right: Right) -> Outcome:
    made = exports.newest(db, person_id=errand.person_id, right=right, now=errand.now)
    halves = collecting.halves(db, errand.request_id, operator_id=errand.operator_id)
    return Outcome(
        request_id=errand.request_id,
        is_done=made is not None and made.state == "ready",
        export=made.state if made else None,
        link=halves.link,
        code=halves.code,
    )


def _proposed(db: Db, errand: _Errand, action: Action) -> Approval:
    return approvals.propose(
        db,
        Deed(action, errand.person_id, errand.request_id),
        reason=errand.reason,
        operator_id=errand.operator_id,
        now=errand.now,
    )


def _log(db: Db, errand: _Errand, action: str) -> None:
    operators.log(
        db,
        errand.operator_id,
        action,
        errand.person_id,
        errand.reason,
        errand.now,
        object_id=errand.request_id,
    )
