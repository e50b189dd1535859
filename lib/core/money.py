"""Money: whole øre in int, never a float; NOK is the only currency so far."""

NOK = "NOK"
_BASIS_POINTS = 10_000
VAT_BASIS_POINTS = 2_500  # Merverdiavgiftsloven § 5-1: the general rate


def share(amount_ore: int, basis_points: int) -> int:
    """Return `basis_points` hundredths of a percent of an amount, rounded half up to whole øre."""
    return (amount_ore * basis_points + _BASIS_POINTS // 2) // _BASIS_POINTS


def vat_in(gross_ore: int, basis_points: int = VAT_BASIS_POINTS) -> int:
    """Return the VAT that an amount with VAT holds, rounded half up to whole øre."""
    whole = _BASIS_POINTS + basis_points
    return (gross_ore * basis_points + whole // 2) // whole


def part(total_ore: int, done: int, whole: int) -> int:
    """Return what `done` of `whole` equal pieces cost, rounded down; all of them cost the total.

    What one piece more costs is the difference of two of these: the differences sum to the total.
    """
    return total_ore * done // whole
