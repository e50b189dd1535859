"""Money: whole øre in int, never a float; NOK is the only currency so far."""

NOK = "NOK"
_BASIS_POINTS = 10_000


def share(amount_ore: int, basis_points: int) -> int:
    """Return `basis_points` hundredths of a percent of an amount, rounded half up to whole øre."""
    return (amount_ore * basis_points + _BASIS_POINTS // 2) // _BASIS_POINTS
