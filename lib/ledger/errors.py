"""What the books refuse."""


class ContradictionError(Exception):
    """Something was to be booked of which the books say otherwise: a mistake in the code."""
