"""Vipps MobilePay: Login, access tokens, ePayment and webhooks, as a sales unit meets them."""

from sandbox.simulators.vipps.sales_unit import SalesUnit
from sandbox.simulators.vipps.simulator import VippsSimulator

__all__ = ["SalesUnit", "VippsSimulator"]
