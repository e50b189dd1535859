"""The record of processing activities (Art. 30 GDPR), made from the contract and the register.

    python -m lib.privacy.contract record [--language en] [--json]

One activity for each purpose: whose data, of which kinds, on which ground, who receives it, how
long it is kept. The measures are those of the whole service.
"""

from collections.abc import Iterator, Sequence

from lib.privacy import rules
from lib.privacy.categories import is_personal
from lib.privacy.model import Contract, Table
from lib.privacy.record_schemas import Activity, Recipient, Record
from lib.privacy.schemas import Text
from lib.privacy.vocabulary import BASES, PURPOSES, Words
from lib.providers.register import SUPPLIERS

CONTROLLER = (
    "MIN MENTOR AS, 927 683 172, Postboks 225, 5804 Bergen, post@minmentor.no, +47 458 07 600"
)
EVERYTHING = frozenset(PURPOSES)
# Which supplier in use receives data for which of our purposes.
RECEIVES: dict[str, frozenset[str]] = {
    "vercel": EVERYTHING,
    "planetscale": EVERYTHING,
    "vipps": frozenset({"sign_in", "payment"}),
    "stripe": frozenset({"payout"}),
    "whereby": frozenset({"meeting"}),
    "aws": frozenset({"privacy"}),
}
_PEOPLE = {
    "mentor_id": Words("Mentorer", "Mentors"),
    "mentee_id": Words("De som kjøper timer", "Those who buy hours"),
}
_ANYONE = Words("Alle som har en konto", "Anyone with an account")
MEASURES = (
    Words(
        "Nøkler lagres bare som hash; sletting og utbetaling krever fersk innlogging",
        "Sign-in tokens are stored as hashes only; erasure and payouts demand a fresh sign-in",
    ),
    Words(
        "Hvert oppslag for en person er bundet til den personen",
        "Every read on behalf of a person is bound to that person",
    ),
    Words(
        "Data sendes bare til verter i leverandørregisteret; hendelser utenfra er signert",
        "Data is sent to hosts in the register of suppliers only; events from outside are signed",
    ),
    Words(
        "Loggen inneholder koder og tall, aldri navn, adresser eller nøkler",
        "The log holds codes and figures, never names, addresses or tokens",
    ),
    Words(
        "Etter en sletting søkes hele databasen gjennom; det foreldede slettes hver time",
        "The whole database is searched after an erasure; what has served its time goes hourly",
    ),
)
_HEADS = {
    "title": Words("Protokoll over behandlingsaktiviteter", "Record of processing activities"),
    "controller": Words("Behandlingsansvarlig", "Controller"),
    "measures": Words("Sikkerhetstiltak", "Security measures"),
    "bases": Words("Rettslig grunnlag", "Legal basis"),
    "people": Words("Hvem det gjelder", "Whose data"),
    "data": Words("Kategorier av opplysninger", "Categories of data"),
    "recipients": Words("Mottakere", "Recipients"),
    "terms": Words("Hvor lenge", "How long"),
}


def record(contract: Contract) -> Record:
    """Return the record: an activity for each purpose for which something is kept of somebody."""
    activities = []
    for purpose in PURPOSES:
        tables = [table for table in contract if table.purpose == purpose and table.chains]
        if tables:
            activities.append(_activity(purpose, tables))
    return Record(
        controller=CONTROLLER,
        activities=activities,
        measures=[Text.of(measure) for measure in MEASURES],
    )


def _activity(purpose: str, tables: Sequence[Table]) -> Activity:
    people = (_PEOPLE.get(chain[-1].column, _ANYONE) for table in tables for chain in table.chains)
    kinds = {
        column.data
        for table in tables
        for column in table.columns
        if column.data and is_personal(column.data)
    }
    return Activity(
        key=purpose,
        purpose=Text.of(PURPOSES[purpose]),
        bases=_texts(BASES[table.basis] for table in tables),
        people=_texts(people),
        data=sorted(kinds),
        tables=[table.name for table in tables],
        recipients=[
            Recipient(
                name=one.name,
                role=one.role,
                place=Text(nb=one.place.nb, en=one.place.en),
                transfer_ground=Text(nb=one.transfer_ground.nb, en=one.transfer_ground.en),
            )
            for one in SUPPLIERS
            if one.since and purpose in RECEIVES.get(one.key, EVERYTHING)
        ],
        terms=_texts(rules.kept_words(table.keep) for table in tables),
    )


def _texts(words: Iterator[Words]) -> list[Text]:
    return [Text.of(one) for one in dict.fromkeys(words)]


def as_markdown(made: Record, language: str) -> Iterator[str]:
    """Yield the lines of the record in one language, `nb` or `en`."""
    at = Words._fields.index(language)

    def said(texts: Sequence[Text]) -> str:
        return "; ".join(str(getattr(text, language)) for text in texts)

    yield f"# {_HEADS['title'][at]}"
    yield ""
    yield f"{_HEADS['controller'][at]}: {made.controller}"
    for one in made.activities:
        recipients = "; ".join(
            f"{to.name} ({getattr(to.place, language)}; {getattr(to.transfer_ground, language)})"
            for to in one.recipients
        )
        yield ""
        yield f"## {getattr(one.purpose, language)}"
        yield ""
        yield f"- {_HEADS['bases'][at]}: {said(one.bases)}"
        yield f"- {_HEADS['people'][at]}: {said(one.people)}"
        yield f"- {_HEADS['data'][at]}: {', '.join(one.data)}"
        yield f"- {_HEADS['recipients'][at]}: {recipients}"
        yield f"- {_HEADS['terms'][at]}: {said(one.terms)}"
    yield ""
    yield f"## {_HEADS['measures'][at]}"
    yield ""
    yield from (f"- {getattr(text, language)}" for text in made.measures)
