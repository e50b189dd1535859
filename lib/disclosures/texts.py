"""What recipients are told, in words, and why some are not.

No name stands in a text: who reads a notice is shown the name as it is now, if they know it and
there is one; of somebody who was erased there is none left to show.
"""

from collections.abc import Sequence

from lib.providers.supplier import Words

_FIELDS = {
    "person.given_name": Words("fornavn", "given name"),
    "person.family_name": Words("etternavn", "family name"),
    "person.email": Words("e-postadresse", "e-mail address"),
    "person.phone": Words("telefonnummer", "phone number"),
    "mentor.organisation_number": Words("organisasjonsnummer", "organisation number"),
}
_SAID = {
    "rectification": Words(
        "Den andre parten i en avtale med deg har rettet opplysninger som du har fått: {fields}. "
        "I avtalen står det som er riktig nå; på papirer som er utstedt, står det som gjaldt da. "
        "Rett det som du selv har notert.",
        "The other party of a deal of yours has corrected data that you have received: {fields}. "
        "The deal shows what is right now; papers that were issued show what was so then. Correct "
        "what you have noted yourself.",
    ),
    "restriction": Words(
        "Den andre parten i en avtale med deg har bedt om at opplysningene om dem bare lagres. "
        "Timer som er avtalt, gjennomføres. Bruk ikke opplysningene til noe annet.",
        "The other party of a deal of yours has had the processing of their data restricted. "
        "Sessions that are booked take place. Do not use their data for anything else.",
    ),
    "restriction_end": Words(
        "Den andre parten i en avtale med deg ba før om at opplysningene om dem bare lagres. Det "
        "gjelder ikke lenger.",
        "The other party of a deal of yours had the processing of their data restricted. That has "
        "ended.",
    ),
    "erasure": Words(
        "Den andre parten i en avtale med deg har fått opplysningene om seg slettet her. Slett det "
        "som du selv har notert om dem, om du ikke trenger det til et krav eller et regnskap.",
        "The other party of a deal of yours has had their data erased here. Erase what you have "
        "noted about them yourself, unless you need it for a claim or your books.",
    ),
    "lifting": Words(
        "Begrensningen av opplysningene dine skal oppheves. Når og hvorfor ser du der du ba om "
        "den. Er du ikke enig, kan du klage til Datatilsynet, datatilsynet.no.",
        "The restriction of your data is going to be lifted. When and why stands where you asked "
        "for it. If you do not agree, you can complain to Datatilsynet, datatilsynet.no.",
    ),
}
REASONS = {
    "recipient_erased": Words(
        "Mottakeren har selv fått opplysningene sine slettet, og kan ikke nås",
        "The recipient has had their own data erased, and can't be reached",
    ),
    "acts_on_our_word": Words(
        "Gjør bare det vi ber om; det vi ikke lenger ber om, skjer ikke",
        "Does only what we ask; what we no longer ask does not happen",
    ),
    "no_way_to_tell": Words(
        "Er selv behandlingsansvarlig og kan ikke få en slik beskjed fra oss; si fra der selv",
        "Is a controller itself and can't be sent such a message by us; tell it yourself",
    ),
}


def said(kind: str, fields: Sequence[str]) -> Words:
    """Return what a notice says: nothing that its reader had not received."""
    known = [_FIELDS[each] for each in fields if each in _FIELDS]
    text = _SAID[kind]
    return Words(
        text.nb.format(fields=", ".join(each.nb for each in known)),
        text.en.format(fields=", ".join(each.en for each in known)),
    )
