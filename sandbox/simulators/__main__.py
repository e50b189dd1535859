"""Run the simulators of Vipps, Stripe and Whereby by themselves: `python -m sandbox.simulators`.

Prints the environment that points the product at them, and serves until Ctrl-C or SIGTERM.
"""

import argparse
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from sandbox.clock import Clock
from sandbox.simulators.stripe import StripeSimulator
from sandbox.simulators.vipps import VippsSimulator
from sandbox.simulators.whereby import WherebySimulator


def main(arguments: list[str]) -> int:
    """Serve until told to end; 1 when a port is taken."""
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    clock = Clock(options.clock)
    ports = [options.port + offset if options.port else 0 for offset in range(3)]
    vipps = VippsSimulator(clock, ports[0], redirect_uris=options.redirect_uri)
    stripe = StripeSimulator(clock, ports[1])
    whereby = WherebySimulator(clock, ports[2])
    with ExitStack() as stack:
        try:
            for simulator in (vipps, stripe, whereby):
                stack.enter_context(simulator)
        except OSError as error:
            print(f"The simulators can not listen: {error}", file=sys.stderr)
            return 1
        lines = {
            "SANDBOX_CLOCK": str(clock.path),
            "VIPPS_BASE_URL": vipps.base_url,
            "VIPPS_CLIENT_ID": vipps.unit.client_id,
            "VIPPS_CLIENT_SECRET": vipps.unit.client_secret,
            "VIPPS_SUBSCRIPTION_KEY": vipps.unit.subscription_key,
            "VIPPS_MERCHANT_SERIAL_NUMBER": vipps.unit.merchant_serial_number,
            "STRIPE_API_BASE": stripe.base_url,
            "STRIPE_SECRET_KEY": stripe.secret_key,
            "WHEREBY_BASE_URL": whereby.base_url,
            "WHEREBY_API_KEY": whereby.api_key,
        }
        for name, value in lines.items():
            print(f"{name}={value}", flush=True)
        stop.wait()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.simulators", description=__doc__)
    clock = Path(os.environ.get("SANDBOX_CLOCK") or ".local/clock")
    parser.add_argument("--clock", type=Path, default=clock, help="file with the clock's offset")
    parser.add_argument("--port", type=int, default=0, help="first of three ports (0: free ones)")
    parser.add_argument(
        "--redirect-uri", action="append", help="registered for Vipps Login; may be repeated"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
