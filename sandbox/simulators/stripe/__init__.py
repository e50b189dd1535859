"""Stripe as the platform uses it: Checkout, refunds, disputes; accounts, transfers, payouts."""

from sandbox.simulators.stripe.simulator import StripeSimulator

__all__ = ["StripeSimulator"]
