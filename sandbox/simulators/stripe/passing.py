"""What happens at Stripe by the passing of time, whoever looks or does not."""

from sandbox.simulators.stripe import balance, intents, payouts, refunds, sessions
from sandbox.simulators.stripe.state import State


def pass_time(state: State) -> None:
    """Bring everything up to the clock: it may have jumped since anybody last looked."""
    balance.ripen(state)
    sessions.run_out(state)
    intents.lapse(state)
    sessions.settle(state)
    refunds.proceed(state)
    payouts.settle(state)
