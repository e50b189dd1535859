"""The record of processing activities, as data."""

from lib.privacy.schemas import Text
from lib.web.schema import Output


class Recipient(Output):
    """A supplier that receives data: where it is, and on which ground data goes there."""

    name: str
    role: str
    place: Text
    transfer_ground: Text


class Activity(Output):
    """What is done for one purpose; `data` holds categories of fideslang."""

    key: str
    purpose: Text
    bases: list[Text]
    people: list[Text]
    data: list[str]
    tables: list[str]
    recipients: list[Recipient]
    terms: list[Text]


class Record(Output):
    """The whole record."""

    controller: str
    activities: list[Activity]
    measures: list[Text]
