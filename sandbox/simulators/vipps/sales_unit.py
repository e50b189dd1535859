"""The merchant's sales unit: its keys and what its portal has switched on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SalesUnit:
    """Keys and settings of one Norwegian sales unit; the defaults are those of the local world.

    `redirect_uris` and `app_callback_uris` are compared byte for byte with what a client sends.
    A capture costs `fee_basis_points` of its amount and `fee_ore`, kept back from the settlement.
    """

    client_id: str = "0b6ee6a1-6f5b-4e0c-9a3e-5b1f7f0c2d11"
    client_secret: str = "c2FuZGJveC12aXBwcy1zZWNyZXQ="
    subscription_key: str = "5f3c1d0e9b8a47c6a1e2d3c4b5a69788"
    merchant_serial_number: str = "848484"
    name: str = "MIN MENTOR"
    redirect_uris: tuple[str, ...] = (
        "http://localhost:3000/login/vipps",
        "minmentor://login/vipps",
    )
    app_callback_uris: tuple[str, ...] = ()
    currency: str = "NOK"
    push_messages: bool = False
    long_living_payments: bool = False
    ledger_id: str = "302321"
    organisation_number: str = "987654321"
    bank_account: str = "86011117947"
    fee_basis_points: int = 299
    fee_ore: int = 100
