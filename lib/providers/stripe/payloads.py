"""What Stripe's webhooks say, as far as we use it: what happened, and to which account."""

from pydantic import BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class StripeObject(_Payload):
    """The object that an event is about: only its id, since the truth is fetched."""

    id: str = Field(default="", max_length=100)


class StripeData(_Payload):
    """Wrapper of the object."""

    object: StripeObject


class StripeEvent(_Payload):
    """A snapshot event; `account` names the connected account where there is one."""

    id: str = Field(pattern=r"^evt_[0-9A-Za-z_]{1,96}$")
    type: str = Field(pattern=r"^[!-~]{1,80}$")
    livemode: bool
    account: str | None = Field(default=None, max_length=64)
    data: StripeData
