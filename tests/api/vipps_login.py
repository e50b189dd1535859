"""A sign-in taken apart into its steps, for tests that do one of them wrongly."""

from typing import Any

from sandbox.app import Answer, App, send
from sandbox.world import World


class Steps:
    """The steps of a sign-in on one device; `app` keeps the tokens when it comes through."""

    def __init__(self, world: World, app: App) -> None:
        self.world = world
        self.app = app
        self.vipps = world.environment()["VIPPS_BASE_URL"]

    def begin(self, flow: str = "app") -> dict[str, Any]:
        """Begin; return the attempt and where the person is sent."""
        answer = self.app.post("/v1/sign-in", {"flow": flow})
        assert answer.status == 201, answer.json
        begun: dict[str, Any] = answer.json
        return begun

    def back(self, begun: dict[str, Any], person: str, **options: object) -> dict[str, str]:
        """Tap «approve» in Vipps; return the code and state that come back."""
        return self.app.approve_login(begun["authorize_url"], person, **options)

    def complete(self, begun: dict[str, Any], back: dict[str, str], **changes: object) -> Answer:
        """Complete with what came back, or with something else in its place."""
        body = {"attempt": begun["attempt"], "device_name": "Telefon", **back, **changes}
        return self.app.post("/v1/sign-in/complete", body)

    def through(self, person: str, flow: str = "app", **options: object) -> Answer:
        """Begin, approve and complete."""
        begun = self.begin(flow)
        return self.complete(begun, self.back(begun, person, **options))

    def offered(self, person: str) -> dict[str, Any]:
        """Sign in as somebody new; return what they are offered."""
        answer = self.through(person)
        assert (answer.status, answer.json["status"]) == (200, "sign_up_required"), answer.json
        offer: dict[str, Any] = answer.json["sign_up"]
        return offer

    def sign_up(self, offer: dict[str, Any], **changes: object) -> Answer:
        """Accept what is offered, or something else in its place."""
        body = {
            "sign_up_token": offer["sign_up_token"],
            "device_name": "Telefon",
            **offer["policies"],
            **changes,
        }
        return self.app.post("/v1/sign-up", body)

    def register(self, **person: object) -> dict[str, Any]:
        """Add a person to Vipps, or change one; return them as Vipps has them."""
        answer = send("POST", f"{self.vipps}/_sandbox/people", person)
        assert answer.status == 200, answer.json
        known: dict[str, Any] = answer.json
        return known

    def fault(self, path: str, kind: str, **options: object) -> None:
        """Have Vipps fail at a path, once unless told otherwise."""
        order = {"path": path, "kind": kind, **options}
        assert send("POST", f"{self.vipps}/_sandbox/faults", order).status == 200

    def requests(self, path: str) -> list[dict[str, Any]]:
        """What Vipps was asked at a path, oldest first."""
        found = send("GET", f"{self.vipps}/_sandbox/requests").json
        return [each for each in found if each["path"].partition("?")[0] == path]
