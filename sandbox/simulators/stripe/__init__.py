"""Stripe Connect as far as paying out mentors needs it: accounts, transfers, payouts, webhooks."""

from sandbox.simulators.stripe.simulator import StripeSimulator

__all__ = ["StripeSimulator"]
