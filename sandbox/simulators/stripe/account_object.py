"""The account object: what it looks like, and how it stands after each thing that happens to it."""

from sandbox.simulators.stripe.listing import empty
from sandbox.simulators.stripe.state import DAY, Resource, new_id, snapshot

PERSONAL_DETAILS = (
    "business_type",
    "external_account",
    "individual.address.city",
    "individual.address.line1",
    "individual.address.postal_code",
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.email",
    "individual.first_name",
    "individual.last_name",
    "individual.phone",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)
DOCUMENT = "individual.verification.document"
DEADLINE = 14 * DAY
PAYOUT_DELAY_DAYS = 7
CURRENCIES = {"NO": "nok", "SE": "sek", "DK": "dkk", "GB": "gbp"}

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_BUSINESS_PROFILE: Resource = {
    "annual_revenue": None,
    "estimated_worker_count": None,
    "mcc": None,
    "minority_owned_business_designation": None,
    "name": None,
    "product_description": None,
    "support_address": dict.fromkeys(_ADDRESS),
    "support_email": None,
    "support_phone": None,
    "support_url": None,
    "url": None,
}
_SETTINGS: Resource = {
    "bacs_debit_payments": {"display_name": None, "service_user_number": None},
    "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
    "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
    "card_payments": {
        "decline_on": {"avs_failure": False, "cvc_failure": False},
        "statement_descriptor_prefix": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
    "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
    "payments": {
        "statement_descriptor": None,
        "statement_descriptor_kana": None,
        "statement_descriptor_kanji": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "payouts": {
        "debit_negative_balances": True,
        "schedule": {"delay_days": PAYOUT_DELAY_DAYS, "interval": "daily"},
        "statement_descriptor": None,
    },
    "sepa_debit_payments": {},
}


def new_account(identifier: str, *, country: str, now: int) -> Resource:
    """An account that was just made: everything about its holder is still to be told."""
    return {
        "id": identifier,
        "object": "account",
        "business_profile": snapshot(_BUSINESS_PROFILE),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": {},
        "country": country,
        "created": now,
        "default_currency": CURRENCIES.get(country, "eur"),
        "details_submitted": False,
        "email": None,
        "external_accounts": empty(f"/v1/accounts/{identifier}/external_accounts"),
        "future_requirements": requirements(),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": requirements(
            due=PERSONAL_DETAILS, past=PERSONAL_DETAILS, disabled="requirements.past_due"
        ),
        "settings": snapshot(_SETTINGS),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "none",
    }


def requirements(
    *,
    due: tuple[str, ...] = (),
    past: tuple[str, ...] = (),
    pending: tuple[str, ...] = (),
    disabled: str | None = None,
    deadline: int | None = None,
) -> Resource:
    """A requirements hash. What is due now is also due eventually."""
    return {
        "alternatives": [],
        "current_deadline": deadline,
        "currently_due": list(due),
        "disabled_reason": disabled,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(past),
        "pending_verification": list(pending),
    }


def _switch(account: Resource, *, on: bool) -> None:
    for capability in account["capabilities"]:
        account["capabilities"][capability] = "active" if on else "inactive"
    account["payouts_enabled"] = on
    # A transfers-only account never charges cards: charges_enabled says nothing about payouts.
    account["charges_enabled"] = on and "card_payments" in account["capabilities"]


def complete_onboarding(account: Resource, now: int) -> None:
    """The holder told everything, and Stripe found it in order."""
    account["details_submitted"] = True
    account["business_type"] = account["business_type"] or "individual"
    account["tos_acceptance"]["date"] = account["tos_acceptance"]["date"] or now
    account["requirements"] = requirements()
    if not account["external_accounts"]["data"]:
        account["external_accounts"]["data"].append(_bank_account(account))
    _switch(account, on=True)


def await_verification(account: Resource, _now: int) -> None:
    """The holder told everything; Stripe is still checking, and nothing works meanwhile."""
    account["details_submitted"] = True
    account["requirements"] = requirements(
        pending=(DOCUMENT,), disabled="requirements.pending_verification"
    )
    _switch(account, on=False)


def require_action(account: Resource, now: int) -> None:
    """Stripe wants one more document, by a deadline; everything works until then."""
    account["requirements"] = requirements(due=(DOCUMENT,), deadline=now + DEADLINE)


def restrict(account: Resource, _now: int) -> None:
    """The deadline for that document passed: no more transfers, no more payouts."""
    account["requirements"] = requirements(
        due=(DOCUMENT,), past=(DOCUMENT,), disabled="requirements.past_due"
    )
    _switch(account, on=False)


def reject(account: Resource, _now: int) -> None:
    """Stripe will not serve this holder."""
    account["requirements"] = requirements(disabled="rejected.other")
    _switch(account, on=False)


def rejected(account: Resource) -> bool:
    """Whether Stripe has rejected the account."""
    return str(account["requirements"]["disabled_reason"] or "").startswith("rejected.")


def _bank_account(account: Resource) -> Resource:
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "SANDBOX SPAREBANK",
        "country": account["country"],
        "currency": account["default_currency"],
        "default_for_currency": True,
        "fingerprint": new_id("fp"),
        "last4": "7009",
        "metadata": {},
        "routing_number": "86011117",
        "status": "new",
    }
