"""Every host that data goes to stands in the register, and nothing goes anywhere else.

The register is what the privacy page's list of suppliers, the record of processing and the ground
of each transfer are made from: a host that is not in it would be a promise that is not kept.
"""

import ast
import contextlib
import copy
import dataclasses
import re
import socket
import threading
from collections.abc import Iterator
from datetime import date

import pytest

from lib.accounts.rules import PRIVACY_NOTICE_VERSION
from lib.providers import http, not_called, register
from lib.providers.not_called import NOT_CALLED
from lib.providers.register import AWS, STRIPE, SUPPLIERS, VIPPS, Supplier, UnregisteredHostError
from lib.providers.supplier import Words
from tests.architecture.sources import ROOT, Source, dotted, sources

_READERS = {f"config.{name}" for name in ("text", "number", "listing", "base_url")}
# What the platform itself sets, and what config and clock read without those functions.
_READ_BARE = {"VERCEL_ENV", "SANDBOX_CLOCK"}
_SEAM = "lib/providers/http.py"
_LIBRARIES = {"requests", "urllib3", "stripe", "boto3", "botocore", "socket", "smtplib"}
_LIBRARIES |= {"ftplib", "asyncio"}
_STRIPE = "lib/providers/stripe/client.py"
_S3 = "lib/providers/aws/storage.py"
_CALLED = [one for one in SUPPLIERS if one not in NOT_CALLED]


class Listener:
    """A real socket that counts who connects, and answers each with an empty 204."""

    def __init__(self) -> None:
        self.connections = 0
        self.received = b""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(5)
                self.received += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n")

    def stop(self) -> int:
        """End it, and return how many connected."""
        with contextlib.suppress(OSError):  # stopped before
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)
        return self.connections


@pytest.fixture
def listener() -> Iterator[Listener]:
    here = Listener()
    yield here
    here.stop()


@pytest.mark.parametrize("supplier", SUPPLIERS, ids=[one.key for one in SUPPLIERS])
def test_a_host_that_is_not_the_suppliers_is_refused_before_anything_is_sent(
    supplier: Supplier, listener: Listener
) -> None:
    with pytest.raises(UnregisteredHostError):
        http.send(supplier, "POST", f"{listener.url}/", json={"a": "secret"})
    assert listener.stop() == 0


def test_the_suppliers_own_host_is_reached(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The control: the same socket does see what is sent, once the register's address is its own.
    monkeypatch.setenv(VIPPS.base_url_variable, listener.url)
    assert http.send(VIPPS, "POST", f"{listener.url}/x", json={}).status == 204
    assert listener.stop() == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://api.vipps.no.example.com/",
        "https://api.vipps.no@example.com/",
        "https://api.vipps.no:8443/",
        "http://api.vipps.no/",
        "//api.vipps.no/",
        "https://example.com/?https://api.vipps.no",
        "https://api.vipps.no\\@example.com/",
    ],
)
def test_an_address_that_only_looks_like_the_suppliers_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VIPPS.base_url_variable, raising=False)
    register.check(VIPPS, f"{VIPPS.default_base_url}/access-management")
    with pytest.raises(UnregisteredHostError):
        register.check(VIPPS, address)


def test_a_supplier_may_not_be_sent_what_is_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for supplier in SUPPLIERS:
        monkeypatch.delenv(supplier.base_url_variable, raising=False)
        for other in SUPPLIERS:
            if other is not supplier:
                with pytest.raises(UnregisteredHostError):
                    register.check(supplier, other.default_base_url)


def test_every_supplier_is_described_in_full() -> None:
    # What for, which data, where, on which ground, whose policy: P26 promises all of it.
    for supplier in SUPPLIERS:
        for field in dataclasses.fields(supplier):
            said = getattr(supplier, field.name)
            is_left_out = field.name == "since" or (supplier in NOT_CALLED and "url" in field.name)
            assert said or is_left_out, f"{supplier.key}: {field.name}"
            assert not isinstance(said, Words) or (said.nb and said.en), supplier.key
        assert supplier.policy_url.startswith("https://")
        assert supplier in NOT_CALLED or supplier.default_base_url.startswith("https://")
    assert len({one.key for one in SUPPLIERS}) == len(SUPPLIERS)
    for name in ("base_url_variable", "default_base_url"):
        assert len({getattr(one, name) for one in _CALLED}) == len(_CALLED)


def test_every_supplier_that_the_policy_names_is_in_the_register() -> None:
    # Those that it names and those that the design adds: one that is taken away is noticed here.
    assert {one.key for one in SUPPLIERS} >= {
        *("vercel", "planetscale", "whereby", "vipps", "stripe", "cloudinary", "firebase"),
        *("sentry", "expo", "app_store", "google_play", "aws", "signing", "brreg"),
    }


def test_who_is_sent_something_is_said_to_be_used_and_who_is_not_called_has_no_address() -> None:
    assert [one.key for one in _CALLED if one.since is None] == []
    for supplier in NOT_CALLED:
        with pytest.raises(UnregisteredHostError):
            supplier.base_url()


def test_another_register_is_another_version_of_the_privacy_notice() -> None:
    # Whoever reads the notice reads the list in it. The version has the register's fingerprint
    # as its end, so that no row changes under a version that somebody has accepted.
    day, _, end = PRIVACY_NOTICE_VERSION.rpartition("-")
    date.fromisoformat(day)
    assert end == register.fingerprint()[:8], "the register has changed: so has the notice"


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Supplier)])
def test_every_word_of_a_row_is_in_the_fingerprint(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = register.fingerprint()
    altered = copy.copy(SUPPLIERS[0])
    object.__setattr__(altered, field, "altered")
    monkeypatch.setattr(register, "SUPPLIERS", (altered, *SUPPLIERS[1:]))
    assert register.fingerprint() != before


def test_every_row_of_the_register_is_in_its_list() -> None:
    named = [*vars(register).values(), *vars(not_called).values()]
    rows = {id(value) for value in named if isinstance(value, Supplier)}
    assert rows == {id(one) for one in SUPPLIERS}


def test_clients_send_through_the_seam_as_a_supplier_of_the_register() -> None:
    sent = 0
    known = {name for name, value in vars(register).items() if isinstance(value, Supplier)}
    for source in sources("lib"):
        for call in source.calls():
            if dotted(call.func) in {"http.send", "send"}:
                sent += 1
                assert source.path.startswith("lib/providers/"), source.path
                assert dotted(call.args[0]).removeprefix("register.") in known, (
                    f"{source.path}:{call.lineno} sends as nobody of the register"
                )
    assert sent > 5


def test_nothing_but_the_seam_and_the_clients_with_a_library_can_send() -> None:
    # No other way out: not another library, and not the same one elsewhere.
    senders = {
        source.path
        for source in sources("api", "lib")
        for each in source.imports
        if each.top in _LIBRARIES
        or each.module in {"urllib.request", "http.client"}
        or f"{each.module}.{each.name}" in {"urllib.request", "http.client"}
    }
    assert senders == {_SEAM, _STRIPE, _S3}


def test_the_stripe_library_is_only_ever_made_for_the_registers_address() -> None:
    # Its module-level calls go to Stripe's own address, whatever the environment says.
    source = Source(_STRIPE)
    made = [call for call in source.calls() if dotted(call.func) == "stripe.StripeClient"]
    assert len(made) == 1
    options = {one.arg: ast.unparse(one.value) for one in made[0].keywords}
    assert options["base_addresses"] == "{'api': STRIPE.base_url()}"
    used = {
        node.attr
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and dotted(node.value) == "stripe"
    }
    assert {one for one in used if not one.endswith("Error")} == {
        "StripeClient",
        "RequestsClient",
        "enable_telemetry",
    }


def test_the_stripe_library_calls_the_address_that_the_environment_gives(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.providers.stripe import client

    monkeypatch.setenv(STRIPE.base_url_variable, listener.url)
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_register")
    with pytest.raises(Exception):  # noqa: B017, PT011 (an empty answer is no account; where it went is the matter)
        client.find_account("acct_nobody")
    assert listener.stop() == 1
    assert b"/v1/accounts/acct_nobody" in listener.received


def test_the_s3_library_calls_the_address_that_the_register_gives(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lib.providers.aws import storage

    monkeypatch.setenv(AWS.base_url_variable, listener.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "EXPORT_BUCKET"):
        monkeypatch.setenv(name, "register")
    storage.write("exports/nobody", b"")
    assert listener.stop() == 1
    assert listener.received.startswith(b"PUT /register/exports/nobody ")


# ─────────────────────────────────────────────────────────────── .env.example


def test_the_example_of_the_environment_names_every_variable_and_no_other() -> None:
    # Whoever sets up a deployment copies it: what is missing there is found out in production.
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [found[1] for line in lines if (found := re.match(r"#? ?([A-Z][A-Z0-9_]+)=", line))]
    assert len(named) == len(set(named)), "a variable stands twice"
    assert set(named) == _variables()


def test_the_example_says_of_every_variable_where_it_comes_from() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for block in re.split(r"\n\s*\n", text.strip()):
        assert block.startswith("#"), f"nothing is said about {block[:40]!r}"


def _variables() -> set[str]:
    """Return the names of the environment variables that lib reads, found by reading it."""
    found = set(_READ_BARE)
    for source in sources("lib"):
        in_config = source.path == "lib/core/config.py"
        readers = {"text", "number", "listing", "base_url"} if in_config else _READERS
        for call in source.calls():
            if dotted(call.func) in readers:
                found |= _names(call.args[0], source)
            found |= {
                str(one.value.value)
                for one in call.keywords
                if one.arg == "base_url_variable" and isinstance(one.value, ast.Constant)
            }
    return found


def _names(node: ast.expr, source: Source) -> set[str]:
    """Return the names that an argument may be: a literal, or one of a module's own table."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.Subscript):
        tables = [
            one.value
            for one in source.tree.body
            if isinstance(one, ast.Assign) and dotted(one.targets[0]) == dotted(node.value)
        ]
        assert tables, f"{source.path}:{node.lineno} reads a variable whose name can't be found"
        assert isinstance(tables[0], ast.Dict)
        return {str(ast.literal_eval(value)) for value in tables[0].values}
    # A function of config handing its own argument on, or a row of the register saying its own.
    assert dotted(node) in {"name", "self.base_url_variable"}, f"{source.path}:{node.lineno}"
    return set()
