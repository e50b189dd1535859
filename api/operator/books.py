"""The books: what stands in them, what is off, and putting an entry right by another one."""

from lib.core.errors import NotFoundError
from lib.ledger import correcting, reading
from lib.ledger.schemas import (
    CorrectEntry,
    Correction,
    EntryNotCorrectableError,
    ReadStatement,
    ReadTrace,
    Statement,
    Trace,
)
from lib.operators.schemas import REFUSALS
from lib.operators.service import acting
from lib.reconciliation import differences, service
from lib.reconciliation.schemas import (
    BooksReport,
    Difference,
    Differences,
    ExplainDifference,
    ListDifferences,
    ReadBooks,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post


class handler(Endpoint):
    """/v1/operator/books."""

    @get("/v1/operator/books", auth=SIGNED_IN, errors=(*REFUSALS, NotFoundError))
    def read_books(self, call: Call[ReadBooks]) -> BooksReport:
        """Read the last whole check: the trial balance, and how many differences are open."""
        return service.read(call.db, call.input, operator_id=acting(call), now=call.now)

    @get("/v1/operator/books/statement", auth=SIGNED_IN, errors=(*REFUSALS, NotFoundError))
    def read_statement(self, call: Call[ReadStatement]) -> Statement:
        """Read an account's entries, newest first, each with the balance after it."""
        return reading.statement(call.db, call.input, operator_id=acting(call), now=call.now)

    @get("/v1/operator/books/causes/{cause_id}", auth=SIGNED_IN, errors=REFUSALS)
    def trace_cause(self, call: Call[ReadTrace], cause_id: str) -> Trace:
        """Read every entry of a purchase, earning, refund, payout, dispute, move or correction."""
        who = acting(call)
        return reading.trace(call.db, cause_id, call.input, operator_id=who, now=call.now)

    @post(
        "/v1/operator/books/corrections",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(*REFUSALS, NotFoundError, EntryNotCorrectableError),
    )
    def correct_entry(self, call: Call[CorrectEntry]) -> Correction:
        """Take an entry back by a new one, once; no entry is ever changed."""
        return correcting.correct(call.db, call.input, operator_id=acting(call), now=call.now)

    @get("/v1/operator/books/differences", auth=SIGNED_IN, errors=REFUSALS)
    def list_differences(self, call: Call[ListDifferences]) -> Differences:
        """List of what something does not hold that must, the newest first."""
        return differences.find(call.db, call.input, operator_id=acting(call), now=call.now)

    @post(
        "/v1/operator/books/differences/{difference_id}/explain",
        auth=SIGNED_IN,
        idempotent=True,
        errors=REFUSALS,
    )
    def explain_difference(self, call: Call[ExplainDifference], difference_id: str) -> Difference:
        """Close a difference with words; with other figures it is open again."""
        who = acting(call)
        return differences.explain(
            call.db, difference_id, call.input, operator_id=who, now=call.now
        )
