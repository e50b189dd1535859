"""Organisation numbers: nine digits, of which the last checks the others.

Whether a number is somebody's, and whose, only the Brønnøysund registers know.
"""

import re

PATTERN = "^[0-9]{9}$"
# MOD 11; the check digit counts once, so that the sum of all nine is divisible.
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_MODULUS = 11


def is_valid(text: str) -> bool:
    """Return whether the text can be an organisation number; digits alone, no blanks, no `MVA`."""
    # None begins with 0, and nine zeros would pass the sum.
    if not re.fullmatch("[1-9][0-9]{8}", text):
        return False
    weighted = (weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=True))
    return sum(weighted) % _MODULUS == 0
