"""The invariants by name, and what is found of them: the words that a difference is written in."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The invariants, by the check that looks at them."""

    # Entries
    ENTRY_ONE_SIDED = "entry_one_sided"  # an account that is not there, or of another currency
    ENTRY_OVER_RESOLVED = "entry_over_resolved"  # more became of it than was reserved
    ENTRY_PENDING = "entry_pending"  # reserved, and nothing became of it in time
    # Accounts
    ACCOUNT_OF_NOBODY = "account_of_nobody"  # money rests for what our tables do not know
    # Purchases
    RESERVATION_DIFFERS = "reservation_differs"  # its state and its reservation disagree
    CAPTURED_DIFFERS = "captured_differs"  # column and books
    REFUNDED_DIFFERS = "refunded_differs"  # column and refunds
    PREPAID_DIFFERS = "prepaid_differs"  # books, and captured less earned less refunded
    PREPAID_RESTS = "prepaid_rests"  # money for hours that nobody can use any more, or too little
    HOURS_DIFFER = "hours_differ"  # issued, and given, left, on their way or taken out
    CAPTURED_UNDELIVERED = "captured_undelivered"  # money taken for an hour that was not given
    RECEIPT_MISSING = "receipt_missing"
    # Refunds
    REFUND_ENTRIES_DIFFER = "refund_entries_differ"
    REFUND_OVERDUE = "refund_overdue"
    CREDIT_NOTE_MISSING = "credit_note_missing"
    # Payouts
    PAYOUT_EARNINGS_DIFFER = "payout_earnings_differ"
    PAYOUT_ENTRIES_DIFFER = "payout_entries_differ"
    PAYOUT_OVERDUE = "payout_overdue"
    STATEMENT_MISSING = "statement_missing"
    # Mentors
    PAYABLE_DIFFERS = "payable_differs"
    RECEIVABLE_DIFFERS = "receivable_differs"
    # Disputes
    DISPUTE_ENTRIES_DIFFER = "dispute_entries_differ"
    # Bookings
    DELIVERED_UNPAID = "delivered_unpaid"  # an hour given that nobody paid for
    RESERVED_FOR_NOTHING = "reserved_for_nothing"  # money kept for an hour that will not be given
    HOURS_NOT_RETURNED = "hours_not_returned"
    SESSION_UNDECIDED = "session_undecided"
    # Operations
    OPERATION_OPEN = "operation_open"
    # With the rails
    RAIL_RESERVED = "rail_reserved"
    RAIL_CAPTURED = "rail_captured"
    RAIL_REFUNDED = "rail_refunded"
    RAIL_UNKNOWN = "rail_unknown"  # the rail knows no such payment
    TRANSFER_AMOUNT = "transfer_amount"
    TRANSFER_REVERSED = "transfer_reversed"
    TRANSFER_MISSING = "transfer_missing"
    # What the rails have, and we do not
    CAPTURE_UNKNOWN = "capture_unknown"
    REFUND_UNKNOWN = "refund_unknown"
    TRANSFER_UNKNOWN = "transfer_unknown"
    DISPUTE_UNKNOWN = "dispute_unknown"
    TOP_UP_UNKNOWN = "top_up_unknown"
    MOVEMENT_UNKNOWN = "movement_unknown"
    FEE_DIFFERS = "fee_differs"
    MOVE_DIFFERS = "move_differs"  # a settlement or payout that was noted with other figures
    STRIPE_BALANCE = "stripe_balance"
    WEBHOOK_UNREGISTERED = "webhook_unregistered"


# What rests on an account that it should only pass through.
OF_TRANSIT = frozenset(
    {
        Kind.PREPAID_RESTS,
        Kind.ACCOUNT_OF_NOBODY,
        Kind.REFUND_ENTRIES_DIFFER,
        Kind.PAYOUT_ENTRIES_DIFFER,
        Kind.DISPUTE_ENTRIES_DIFFER,
    }
)


@dataclass(frozen=True)
class Finding:
    """Of what an invariant does not hold; øre where it is about a sum."""

    kind: Kind
    subject_id: str
    expected_ore: int | None = None
    found_ore: int | None = None
