"""Who may write to whom, and how much. Pure."""

from datetime import timedelta

MAX_LENGTH = 4000
# Written by hand nobody comes near it; a flood does at once.
MAX_AN_HOUR = 60
PER = timedelta(hours=1)
# Before there is a deal: who gets no answer is not to be urged for one.
MAX_UNANSWERED = 3
MAX_NUMBER = 2**31 - 1


def may_write(*, have_dealt: bool, has_answered: bool, is_listed: bool) -> bool:
    """Return whether somebody may write: to who is in a deal with them, wrote, or can be found."""
    return have_dealt or has_answered or is_listed


def has_written(author_id: str, last_author_id: str, last_number: int, in_a_row: int) -> bool:
    """Return whether any of a conversation's messages is this person's.

    The last ones, `in_a_row`, are by one of the two; before them the other must have written.
    """
    return last_author_id == author_id or in_a_row < last_number


def written_in_a_row(author_id: str, last_author_id: str, in_a_row: int) -> int:
    """Return how many messages of this person the other has not answered."""
    return in_a_row if last_author_id == author_id else 0


def is_urging(*, have_dealt: bool, unanswered: int) -> bool:
    """Return whether another message would be one too many without an answer."""
    return not have_dealt and unanswered >= MAX_UNANSWERED
