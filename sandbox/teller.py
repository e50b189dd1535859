"""How a story is told: calls as the app makes them, what people do elsewhere, each line as it is.

A story plays over HTTP and shows each call with what came back; what does not go as it should ends
it.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sandbox.app import Answer, App, AppError, send
from sandbox.world import World

_PATIENCE = 15.0
_LINE = 118


class Teller:
    """Tells a story in the world. `say` is told each line, `heard` every call with its answer."""

    def __init__(
        self,
        world: World,
        say: Callable[[str], None],
        heard: Callable[[str, str, Answer], None] | None = None,
    ) -> None:
        self.world = world
        self.say = say
        self.heard = heard
        self.is_quiet = False
        self.vipps = world.environment()["VIPPS_BASE_URL"]
        self.stripe = world.environment()["STRIPE_API_BASE"]
        self.whereby = world.environment()["WHEREBY_BASE_URL"]

    def app(self) -> App:
        """Return somebody's app, whose calls are shown."""
        return App(self.world.url, self.vipps, heard=self._hear)

    def _do(
        self, app: App, method: str, path: str, body: object = None, status: int | None = None
    ) -> Any:  # noqa: ANN401 (JSON, whatever the call gives)
        answer = app.call(method, path, body)
        if answer.status != status if status else answer.status >= 400:
            self._fail(f"{method} {path} gave {answer.status}: {answer.json}")
        return answer.json

    def _renew(self, app: App) -> None:
        """Get a new access token: the clock has jumped past the old one's end."""
        if app.refresh().status != 200:
            self._fail("a refresh token was refused")

    def _control(self, method: str, url: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Do what a person does at a provider."""
        answer = send(method, url, body)
        if answer.status >= 400:
            self._fail(f"{method} {url} gave {answer.status}: {answer.json}")
        return answer.json

    def _cron(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        headers = {"Authorization": f"Bearer {self.world.environment()['CRON_SECRET']}"}
        answer = send("GET", self.world.url + path, None, headers)
        self._hear("GET", path, answer)
        if answer.status != 200:
            self._fail(f"{path} gave {answer.status}: {answer.json}")
        return answer.json

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        """Ask again until it is so; webhooks take a moment."""
        end = time.monotonic() + _PATIENCE
        self.is_quiet = True
        while not is_so():
            if time.monotonic() > end:
                self._fail(f"waited in vain until {what}")
            time.sleep(0.2)
        self.is_quiet = False
        self.say(f"  ✓ {what}")

    def _expect(self, is_so: bool, what: str) -> None:  # noqa: FBT001 (reads as a sentence)
        if not is_so:
            self._fail(f"it is not so that {what}")
        self.say(f"  ✓ {what}")

    def _settle(self) -> None:
        """Let every webhook arrive: one that was signed before a jump would be too old after it."""
        for provider in (self.vipps, self.stripe, self.whereby):
            self._control("POST", f"{provider}/_sandbox/webhooks/settle", {"seconds": _PATIENCE})

    def _jump(self, span: timedelta, what: str) -> None:
        self._settle()
        self.world.clock.advance(span)
        self.say(f"  (the clock jumps: {what})")

    def _jump_to(self, moment: datetime, what: str) -> None:
        self._settle()
        self.world.clock.set_to(moment)
        self.say(f"  (the clock jumps: {what})")

    def _title(self, text: str) -> None:
        self.say("")
        self.say(text)

    def _hear(self, method: str, path: str, answer: Answer) -> None:
        if self.heard:
            self.heard(method, path, answer)
        if self.is_quiet:
            return
        line = f"  {method} {path} → {answer.status} {_brief(answer.json)}"
        self.say(line if len(line) <= _LINE else line[: _LINE - 1] + "…")

    def _fail(self, why: str) -> NoReturn:
        raise AppError(why)


def _brief(found: object) -> str:
    """Return the start of a JSON answer, without tokens."""
    if isinstance(found, dict):
        shown = {
            name: "…" if "token" in name or name in {"attempt", "session", "sign_up"} else value
            for name, value in found.items()
        }
        return ", ".join(f"{name}={value}" for name, value in shown.items())
    return "" if found is None else str(found)
