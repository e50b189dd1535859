"""Whereby Embedded as far as video meetings need it: rooms, visits, webhooks, insights."""

from sandbox.simulators.whereby.simulator import WherebySimulator

__all__ = ["WherebySimulator"]
