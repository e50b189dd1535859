"""The closed sets of the column contract, each value with its meaning in nb and in English.

The meanings are shown to people: in exports, before an erasure and in the record of processing.
"""

from typing import NamedTuple


class Words(NamedTuple):
    """A text in both languages of the product."""

    nb: str
    en: str


PURPOSES: dict[str, Words] = {
    "account": Words("Å ha en konto hos oss.", "To have an account with us."),
    "sign_in": Words(
        "Å logge inn trygt, og å se hvilke enheter som er innlogget.",
        "To sign in safely, and to see which devices are signed in.",
    ),
    "mentoring": Words("Å bli funnet og valgt som mentor.", "To be found and chosen as a mentor."),
    "booking": Words("Å avtale en time.", "To arrange a session."),
    "payment": Words("Å betale for en time.", "To pay for a session."),
    "meeting": Words("Å møtes på video.", "To meet by video."),
    "payout": Words("Å betale mentoren.", "To pay the mentor."),
    "bookkeeping": Words(
        "Å føre regnskap slik bokføringsloven krever.",
        "To keep the books that the Bookkeeping Act demands.",
    ),
    "privacy": Words(
        "Å vise at en persons rettigheter er oppfylt.",
        "To show that a person's rights have been met.",
    ),
    "operations": Words(
        "Å drive tjenesten uten at noe går tapt eller skjer to ganger.",
        "To run the service so that nothing is lost or done twice.",
    ),
}

# What recipients may receive something for, beside our own purposes.
RECEIVED_FOR: dict[str, Words] = {
    "authority": Words(
        "Å svare en myndighet som har krav på det.",
        "To answer an authority that has a right to it.",
    ),
}

BASES: dict[str, Words] = {
    "contract": Words(
        "Avtalen med deg (personvernforordningen art. 6 nr. 1 b)",
        "The contract with you (GDPR Art. 6(1)(b))",
    ),
    "legal_obligation": Words(
        "En plikt vi har etter loven (art. 6 nr. 1 c)",
        "An obligation that the law puts on us (Art. 6(1)(c))",
    ),
    "legitimate_interest": Words(
        "En berettiget interesse (art. 6 nr. 1 f)", "A legitimate interest (Art. 6(1)(f))"
    ),
    "consent": Words("Ditt samtykke (art. 6 nr. 1 a)", "Your consent (Art. 6(1)(a))"),
    "none": Words("Handler ikke om noen", "About nobody"),
}

# From the widest circle to the narrowest.
TIERS: dict[str, Words] = {
    "public": Words("Alle kan se det", "Anyone may see it"),
    "party": Words("De to som har avtalen ser det", "The two parties of the deal see it"),
    "self": Words(
        "Bare du ser det, og en operatør når det er en grunn; hver lesing vises for deg",
        "Only you see it, and an operator for a reason; each reading is shown to you",
    ),
    "operator": Words("De som driver tjenesten ser det", "Those who run the service see it"),
    "nobody": Words("Vises ikke til noen", "Shown to nobody"),
}

EXPORTS: dict[str, Words] = {
    "access": Words("Innsyn (art. 15)", "Access (Art. 15)"),
    "portability": Words("Dataportabilitet (art. 20)", "Portability (Art. 20)"),
}

TABLE_ERASE: dict[str, Words] = {
    "delete": Words("Raden slettes", "The row is deleted"),
    "columns": Words(
        "Opplysningene i raden slettes hver for seg; raden blir stående",
        "The data in the row is erased column by column; the row stays",
    ),
    "none": Words("Handler ikke om noen", "About nobody"),
}

COLUMN_ERASE: dict[str, Words] = {
    "keep": Words("Beholdes", "Kept"),
    "null": Words("Fjernes", "Removed"),
    "blank": Words("Tømmes", "Emptied"),
}
