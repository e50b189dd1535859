"""What a part of a purchase is worth, to the øre: to the mentor, to MIN MENTOR, in VAT."""

from dataclasses import dataclass

from lib.core import money


@dataclass(frozen=True)
class Worth:
    """What quarter hours cost, VAT included; the VAT in it, the fee and the VAT in the fee, øre."""

    gross_ore: int
    vat_ore: int
    fee_ore: int
    fee_vat_ore: int

    @property
    def share_ore(self) -> int:
        """What the mentor gets."""
        return self.gross_ore - self.fee_ore

    def part(self, done: int, whole: int) -> "Worth":
        """Return what `done` of `whole` equal pieces are worth; all of them are worth it all."""
        return Worth(
            gross_ore=money.part(self.gross_ore, done, whole),
            vat_ore=money.part(self.vat_ore, done, whole),
            fee_ore=money.part(self.fee_ore, done, whole),
            fee_vat_ore=money.part(self.fee_vat_ore, done, whole),
        )

    def less(self, other: "Worth") -> "Worth":
        """Return the difference."""
        return Worth(
            gross_ore=self.gross_ore - other.gross_ore,
            vat_ore=self.vat_ore - other.vat_ore,
            fee_ore=self.fee_ore - other.fee_ore,
            fee_vat_ore=self.fee_vat_ore - other.fee_vat_ore,
        )


def earned(whole: Worth, *, before: int, quarters: int, of: int) -> Worth:
    """Return what the next quarter hours earn, `before` of all having earned already.

    Raises ValueError where there are not so many left. What all of them earn sums to the whole.
    """
    if quarters <= 0 or before < 0 or before + quarters > of:
        raise ValueError(f"{quarters} more than {before} of {of}")
    return whole.part(before + quarters, of).less(whole.part(before, of))


def taken_back(earned: Worth, *, before: Worth, gross_ore: int) -> Worth:
    """Return what goes back, as a negative worth, when so much of what was earned is refunded.

    `before` is what went back already. Raises ValueError for more than is left. Taking back all of
    it, in however many pieces, takes back each of its parts to the øre.
    """
    after_ore = before.gross_ore + gross_ore
    if gross_ore <= 0 or after_ore > earned.gross_ore:
        raise ValueError(f"{gross_ore} more than {before.gross_ore} of {earned.gross_ore}")
    return before.less(earned.part(after_ore, earned.gross_ore))
