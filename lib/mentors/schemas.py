"""What goes in and out of mentors, their offers and their packs of hours."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lib.core import organisation_number
from lib.core.errors import ProblemError
from lib.mentors import rules
from lib.web.schema import Input, Output


def _known_language(code: str) -> str:
    if code not in rules.LANGUAGES:
        raise ValueError("not an ISO 639-1 code")
    return code


def _each_once(values: list[str]) -> list[str]:
    if len({value.casefold() for value in values}) < len(values):
        raise ValueError("the same one twice")
    return values


def _can_be_an_organisation_number(text: str) -> str:
    if not organisation_number.is_valid(text):
        raise ValueError("the last digit does not fit the others")
    return text


MentorState = Literal["listed", "paused"]
SaleState = Literal["active", "withdrawn"]
Headline = Annotated[str, Field(min_length=1, max_length=120)]
Biography = Annotated[str, Field(min_length=1, max_length=5000)]
Skill = Annotated[str, Field(min_length=1, max_length=60)]
Language = Annotated[str, AfterValidator(_known_language)]
Skills = Annotated[list[Skill], Field(min_length=1, max_length=20), AfterValidator(_each_once)]
Languages = Annotated[
    list[Language], Field(min_length=1, max_length=10), AfterValidator(_each_once)
]
OrganisationNumber = Annotated[
    str,
    Field(pattern=organisation_number.PATTERN, examples=["927683172"]),
    AfterValidator(_can_be_an_organisation_number),
]
# Vipps shows it beside the amount, and takes 3 to 100 characters.
Title = Annotated[str, Field(min_length=3, max_length=100)]
Description = Annotated[str, Field(min_length=1, max_length=5000)]
Minutes = Annotated[int, Field(ge=15, le=480, multiple_of=15)]
PackMinutes = Annotated[
    int,
    Field(
        ge=rules.MIN_PACK_MINUTES,
        le=rules.MAX_PACK_MINUTES,
        multiple_of=rules.MINUTES_IN_A_QUARTER,
    ),
]
ValidDays = Annotated[int, Field(ge=rules.MIN_VALID_DAYS, le=rules.MAX_VALID_DAYS)]
PriceOre = Annotated[int, Field(ge=100, le=65_000_000)]
PageSize = Annotated[int, Field(ge=1, le=rules.MAX_PAGE_SIZE)]
PageKey = Annotated[str, Field(min_length=1, max_length=200)]


class ApplyAsMentor(Input):
    """What a person says of themselves to become a mentor, and of their business if they have one.

    Who is registered for VAT has VAT in their prices, and an organisation number.
    """

    headline: Headline
    biography: Biography
    skills: Skills
    languages: Languages
    organisation_number: OrganisationNumber | None = None
    is_vat_registered: bool = False


class ChangeMentor(Input):
    """The fields to change; one that is left out stays. null takes an organisation number away."""

    headline: Headline | None = None
    biography: Biography | None = None
    skills: Skills | None = None
    languages: Languages | None = None
    organisation_number: OrganisationNumber | None = None
    is_vat_registered: bool | None = None
    state: MentorState | None = None


class FindMentors(Input):
    """Filters that must all hold; `text` is looked for in name, headline, biography and skills."""

    text: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    skill: Skill | None = None
    language: Language | None = None
    max_price_ore: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    after: PageKey | None = None
    limit: PageSize = rules.PAGE_SIZE


class CreateOffer(Input):
    """What is sold: a session of `minutes`, for `price_ore` with VAT.

    With `accepts_hours` it can be paid with hours of the mentor's packs as well; with
    `needs_approval` a booking is a request that the mentor approves or declines.
    """

    title: Title
    description: Description
    minutes: Minutes
    price_ore: PriceOre
    accepts_hours: bool = True
    needs_approval: bool = False


class ChangeOffer(Input):
    """The fields to change; one that is left out stays. Bookings keep their title and price."""

    title: Title | None = None
    description: Description | None = None
    minutes: Minutes | None = None
    price_ore: PriceOre | None = None
    accepts_hours: bool | None = None
    needs_approval: bool | None = None


class CreatePack(Input):
    """Hours that are sold together: `minutes` of them for `price_ore` with VAT.

    They can be used for `valid_days` after the purchase.
    """

    title: Title
    minutes: PackMinutes
    price_ore: PriceOre
    valid_days: ValidDays = rules.VALID_DAYS


class ChangePack(Input):
    """The fields to change; one that is left out stays. What is sold already stays as it was."""

    title: Title | None = None
    minutes: PackMinutes | None = None
    price_ore: PriceOre | None = None
    valid_days: ValidDays | None = None


class ListOwn(Input):
    """A page of what one sells oneself, newest first."""

    after: PageKey | None = None
    limit: PageSize = rules.PAGE_SIZE


class Offer(Output):
    """What a mentor sells; price in whole øre, VAT included."""

    id: str
    mentor_id: str
    title: str
    description: str
    minutes: int
    price_ore: int
    currency: str
    accepts_hours: bool
    needs_approval: bool
    state: SaleState


class Offers(Output):
    """A page of offers; `next` is the `after` of the page that follows, null on the last."""

    offers: list[Offer]
    next: str | None


class Pack(Output):
    """Hours that a mentor sells together; price in whole øre, VAT included."""

    id: str
    mentor_id: str
    title: str
    minutes: int
    price_ore: int
    currency: str
    valid_days: int
    state: SaleState


class Packs(Output):
    """A page of packs; `next` is the `after` of the page that follows, null on the last."""

    packs: list[Pack]
    next: str | None


class MentorCard(Output):
    """A mentor in search; `from_price_ore` is the price of the cheapest active offer."""

    id: str
    name: str
    headline: str
    skills: list[str]
    languages: list[str]
    from_price_ore: int
    currency: str


class MentorCards(Output):
    """A page of mentors; `next` is the `after` of the page that follows, null on the last."""

    mentors: list[MentorCard]
    next: str | None


class Mentor(Output):
    """A mentor's page; while it is paused nothing can be booked or bought."""

    id: str
    name: str
    headline: str
    biography: str
    skills: list[str]
    languages: list[str]
    state: MentorState
    offers: list[Offer]
    packs: list[Pack]


class OwnMentor(Mentor):
    """One's own page, with what only papers and the other party of a deal show."""

    organisation_number: str | None
    is_vat_registered: bool


class AlreadyAMentorError(ProblemError):
    """The person applied before; their page is changed with PATCH."""

    status, code = 409, "already_a_mentor"
    nb, en = "Du er allerede mentor", "You are a mentor already"


class NotAMentorError(ProblemError):
    """The call is for mentors; whoever wants to be one applies first."""

    status, code = 403, "not_a_mentor"
    nb, en = "Du er ikke mentor", "You are not a mentor"


class OfferWithdrawnError(ProblemError):
    """A withdrawn offer stays as it was when it was last sold."""

    status, code = 409, "offer_withdrawn"
    nb, en = "Tilbudet er trukket", "The offer is withdrawn"


class TooManyOffersError(ProblemError):
    """A mentor's page shows all active offers, so there is an end to them."""

    status, code = 409, "too_many_offers"
    nb, en = "Du har for mange aktive tilbud", "You have too many active offers"


class PackWithdrawnError(ProblemError):
    """A withdrawn pack stays as it was when it was last sold."""

    status, code = 409, "pack_withdrawn"
    nb, en = "Timepakken er trukket", "The pack of hours is withdrawn"


class TooManyPacksError(ProblemError):
    """A mentor's page shows all active packs, so there is an end to them."""

    status, code = 409, "too_many_packs"
    nb, en = "Du har for mange aktive timepakker", "You have too many active packs of hours"
