"""Webhooks as a test sends them: signed right, signed wrong, or not at all.

They are signed by the simulators' code, which shares none with the product.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.app import Answer, send
from sandbox.world import World
from tests.stage import rows

type Signer = Callable[[str, datetime, bytes], Mapping[str, str]]


@dataclass(frozen=True)
class Postman:
    """Who brings one provider's events.

    :param sign: makes the headers from secret, moment and body.
    :param proofs: names of the headers that prove the sender.
    """

    world: World
    path: str
    secret: str
    sign: Signer
    proofs: tuple[str, ...]

    def bring(
        self,
        body: bytes,
        *,
        secret: str | None = None,
        age: timedelta = timedelta(),
        signed: bytes | None = None,
        **changed: str | None,
    ) -> Answer:
        """Post an event.

        :param age: how long ago it was signed.
        :param signed: what was signed, where that is not the body.
        :param changed: headers to send otherwise, or (None) not at all; `_` stands for `-`.
        """
        moment = self.world.clock.now() - age
        proof = self.sign(secret or self.secret, moment, body if signed is None else signed)
        headers = {name.lower(): value for name, value in proof.items()}
        for name, value in changed.items():
            header = name.replace("_", "-")
            headers.pop(header, None)
            if value is not None:
                headers[header] = value
        return send("POST", self.world.url + self.path, body, headers)

    def refused(self, body: bytes, **how: Any) -> bool:  # noqa: ANN401 (what `bring` takes)
        """Bring an event that must not be believed; return whether it was turned away unread."""
        answer = self.bring(body, **how)
        told = (answer.status, answer.json.get("code"))
        return told == (401, "signature_refused") and events() == []

    def is_on_guard(self, body: bytes) -> None:
        """See that nobody but the provider is believed, and nothing but what was signed."""
        edge = timedelta(seconds=290)
        assert self.refused(body, secret="another-secret")
        assert self.refused(body, signed=body + b" ")
        assert self.refused(body.replace(b":", b": ", 1), signed=body)
        for age in (timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=400)):
            assert self.refused(body, age=age)
        for name in self.proofs:
            for value in (None, "", "0", "t=1,v1=0", "9" * 400, "t=" + "9" * 5000 + ",v1=0"):
                assert self.refused(body, **{name: value}), (name, value)
        for age in (edge, -edge):
            assert self.bring(body, age=age).status == 200


def events() -> list[dict[str, Any]]:
    """Return what is stored of webhooks, in the order of their coming."""
    return rows(
        "SELECT source, event_id, kind, payload, handled_at, outcome FROM inbound_event"
        " ORDER BY received_at, event_id"
    )
