"""The words on papers, in Norwegian and English, for version 1 of their bodies.

What was issued must go on saying what it said: a change here is a new version, never an edit.
"""

from typing import NamedTuple


class Words(NamedTuple):
    """A text in both languages."""

    nb: str
    en: str


class In:
    """The words in one language."""

    def __init__(self, language: str) -> None:
        self._at = 1 if language == "en" else 0

    def __call__(self, key: str) -> str:
        """Return the words for a key; an unknown ground or method is said as it is called."""
        found = WORDS.get(key)
        return found[self._at] if found else key.partition("_")[2].replace("_", " ")


WORDS = {
    "receipt": Words("Kvittering", "Receipt"),
    "prepayment": Words("Kvittering for forskudd", "Receipt for a prepayment"),
    "credit_note": Words("Kreditnota", "Credit note"),
    "repayment": Words("Tilbakebetaling", "Repayment"),
    "fee_invoice": Words("Faktura", "Invoice"),
    "fee_credit": Words("Kreditnota for formidling", "Credit note for intermediation"),
    "statement": Words("Avregning", "Statement"),
    "statement_credit": Words("Tilbakeført avregning", "Reversed statement"),
    "seller": Words("Selger", "Seller"),
    "buyer": Words("Kjøper", "Buyer"),
    "to": Words("Til", "To"),
    "issued_for": Words("Utstedt på vegne av selgeren av", "Issued on behalf of the seller by"),
    "issued_by": Words("Utstedt av", "Issued by"),
    "paper": Words("Bilag", "Paper"),
    "number": Words("Nummer", "Number"),
    "date": Words("Dato", "Date"),
    "month": Words("Måned", "Month"),
    "usable_until": Words("Kan brukes til", "Can be used until"),
    "refers_to": Words("Gjelder", "Refers to"),
    "org": Words("Org.nr.", "Org. no."),
    "lines": Words("Spesifikasjon", "Specification"),
    "settled": Words("Oppgjør for timer", "Settlement of sessions"),
    "what": Words("Beskrivelse", "Description"),
    "day": Words("Dato", "Date"),
    "net": Words("Uten mva. (kr)", "Without VAT (NOK)"),
    "vat": Words("Mva. (kr)", "VAT (NOK)"),
    "of_it_vat": Words("Herav mva.", "Of it VAT"),
    "amount": Words("Beløp (kr)", "Amount (NOK)"),
    "gross": Words("Pris (kr)", "Price (NOK)"),
    "fee": Words("Formidling", "Our fee"),
    "yours": Words("Til deg (kr)", "Yours (NOK)"),
    "total": Words("Sum", "Total"),
    "paid_out": Words("Utbetalt", "Paid out"),
    "vat_by_rate": Words("Merverdiavgift etter sats", "VAT by rate"),
    "rate": Words("Sats", "Rate"),
    "session": Words("Time med mentor", "Session with a mentor"),
    "late_cancellation": Words(
        "Time som ble avbestilt for sent", "Session that was called off too late"
    ),
    "prepaid_hours": Words("Timer betalt på forskudd", "Hours paid in advance"),
    "credited": Words("Kreditert", "Credited"),
    "unused_hours": Words("Timer som ikke ble brukt", "Hours that were not used"),
    "goodwill": Words("Dekket av MIN MENTOR", "Borne by MIN MENTOR"),
    "paid_again": Words("Utbetalt på nytt", "Paid out once more"),
    "came_back": Words("Kom tilbake", "Came back"),
    "fee_line": Words("Formidling", "Intermediation"),
    "place": Words("videomøte", "video meeting"),
    "paid": Words("Betalt", "Paid"),
    "paid_back": Words("Tilbakebetalt", "Paid back"),
    "reversed": Words(
        "Utbetalingen kom tilbake; den ble gjort", "The payout came back; it was made"
    ),
    "by_vipps": Words("med Vipps", "with Vipps"),
    "by_card": Words("med kort", "by card"),
    "by_prepaid": Words("på forskudd", "in advance"),
    "by_payout": Words("til kontoen din hos Stripe", "to your account at Stripe"),
    "by_deducted": Words("ved trekk i det mentees betalte", "by deduction from what mentees paid"),
    "reference": Words("referanse", "reference"),
    "ground": Words("Grunn", "Ground"),
    "ground_withdrawal": Words("angrerett", "right of withdrawal"),
    "ground_expired": Words("timene utløp ubrukt", "the hours expired unused"),
    "ground_leaving": Words("en konto slettes", "an account is being erased"),
    "ground_goodwill": Words("avgjort av MIN MENTOR", "decided by MIN MENTOR"),
    "ground_by_hand": Words("avgjort av MIN MENTOR", "decided by MIN MENTOR"),
    "ground_dispute": Words("tilbakeført av betalerens bank", "taken back by the payer's bank"),
    "terms": Words("Salgsvilkår, versjon", "Terms of sale, version"),
    "no_vat": Words(
        "Selgeren er ikke registrert i Merverdiavgiftsregisteret; det er ikke beregnet "
        "merverdiavgift.",
        "The seller is not in the Norwegian VAT register; no VAT was charged.",
    ),
    "note_prepayment": Words(
        "Timene er betalt før de er gitt. Hver time får sin egen kvittering, med merverdiavgift "
        "der selgeren er registrert for det. Timer som ikke er brukt innen fristen, betales "
        "tilbake.",
        "The hours are paid before they are given. Each session has a receipt of its own, with VAT "
        "where the seller is registered for it. Hours that are not used in time are paid back.",
    ),
    "note_repayment": Words(
        "Tilbakebetalingen endrer ikke et salg som er gjort.",
        "This repayment does not change a sale that was made.",
    ),
    "note_fee_invoice": Words(
        "Vederlag for formidling av timene i måneden.",
        "Fee for mediating the sessions of the month.",
    ),
    "note_fee_credit": Words(
        "I måneden ble mer vederlag ført tilbake enn opptjent.",
        "In the month more fees were taken back than earned.",
    ),
    "note_statement": Words(
        "Vederlaget for formidling, med merverdiavgift, faktureres samlet etter månedens slutt. "
        "Bilagene det vises til, er utstedt i ditt navn og er din dokumentasjon av salget.",
        "The fee for mediation, with VAT, is invoiced after the end of the month. The papers "
        "referred to were issued in your name and document your sales.",
    ),
    "note_statement_credit": Words(
        "Beløpet er til gode igjen, og betales ut på nytt når grunnen er avklart.",
        "The amount is owed to you again, and is paid out once more when the reason is cleared up.",
    ),
}
