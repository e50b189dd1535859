"""The register of suppliers as it is published: in the service and on the privacy page."""

from datetime import date
from typing import Literal

from lib.accounts.rules import PRIVACY_NOTICE_VERSION
from lib.privacy.schemas import Text
from lib.providers.register import SUPPLIERS, Supplier
from lib.providers.supplier import Role, Words
from lib.web.schema import Output

ROLES: dict[Role, Words] = {
    "processor": Words("Databehandler for oss", "Processor on our behalf"),
    "controller": Words("Behandlingsansvarlig selv", "Controller in its own right"),
    "public_register": Words("Offentlig register", "Public register"),
}


class ListedSupplier(Output):
    """A supplier: its role, what it is for and gets, where, and the ground of a transfer.

    `in_use_since` is None for one that is named in advance and gets nothing yet.
    """

    key: str
    name: str
    role: Literal["processor", "controller", "public_register"]
    role_in_words: Text
    in_use_since: date | None
    purpose: Text
    data: Text
    place: Text
    transfer_ground: Text
    erasure: Text
    policy_url: str


class Suppliers(Output):
    """Every supplier, and the version of the privacy notice that names them."""

    privacy_notice: str
    suppliers: list[ListedSupplier]


def published() -> Suppliers:
    """Return the whole register: those in use first, then those named in advance."""
    ordered = sorted(SUPPLIERS, key=lambda one: one.since is None)
    return Suppliers(
        privacy_notice=PRIVACY_NOTICE_VERSION, suppliers=[_listed(one) for one in ordered]
    )


def _listed(one: Supplier) -> ListedSupplier:
    return ListedSupplier(
        key=one.key,
        name=one.name,
        role=one.role,
        role_in_words=_text(ROLES[one.role]),
        in_use_since=one.since,
        purpose=_text(one.purpose),
        data=_text(one.fields),
        place=_text(one.place),
        transfer_ground=_text(one.transfer_ground),
        erasure=_text(one.erasure),
        policy_url=one.policy_url,
    )


def _text(words: Words) -> Text:
    return Text(nb=words.nb, en=words.en)
