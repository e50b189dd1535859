"""What a provider's refusal means to whoever asked for something that moves money."""

from enum import StrEnum


class Meaning(StrEnum):
    """What is to be done about a refusal; each provider's client sorts its own codes into these.

    `NEVER` is what a code means that nobody has sorted: nothing was done now, it may have been done
    before, and nobody tries again until a person has looked.
    """

    LATER = "later"  # nothing was done; another attempt, with a key of its own, may succeed
    SAME_KEY = "same_key"  # the same call with the same key and body, after a while
    FUNDS = "funds"  # the money is not there; it may be there later, or somebody has to act
    NEVER = "never"
