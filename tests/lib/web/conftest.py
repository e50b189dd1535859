"""A function of this folder's own, under the product's HTTP layer and behind the same gateway."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.app import App
from sandbox.functions import Functions
from sandbox.gateway import Gateway
from sandbox.world import ROOT, World
from tests.cast import Cast
from tests.lib.web.wire import WireAnswer, exchange

_FIXTURE = Path(__file__).parent / "fixture"


@dataclass(frozen=True)
class Probe:
    """The function api/probe.py: `url` leads through the gateway, `port` is the function's own."""

    functions: Functions
    url: str

    @property
    def port(self) -> int:
        return self.functions.process("/api/probe").port

    def send(self, raw: bytes, *, ends: bool = True) -> WireAnswer:
        """Send bytes to the function itself."""
        return exchange(self.port, raw, ends=ends)

    def logged(self) -> str:
        """Everything that it has logged so far."""
        return "\n".join(line.text for line in self.functions.logs())


@pytest.fixture(scope="session")
def probe(running_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    root = tmp_path_factory.mktemp("probe")
    shutil.copytree(_FIXTURE / "api", root / "api")
    (root / "lib").symlink_to(ROOT / "lib", target_is_directory=True)
    functions = Functions(root, running_world.environment(), log=root / "log")
    with Gateway(functions, _FIXTURE / "vercel.json") as gateway:
        yield Probe(functions, gateway.url)
    functions.stop()


@pytest.fixture
def signed_in(cast: Cast) -> tuple[App, App]:
    """Two people, each signed in on one device."""
    one, other = cast.crowd(2)
    return one, other
