"""Webhooks of Stripe, for our own account and for the mentors'."""

from pydantic import ValidationError

from lib.core import log
from lib.inbound import service
from lib.inbound.service import Received
from lib.providers.stripe import webhook
from lib.providers.stripe.payloads import StripeEvent
from lib.web.endpoint import Endpoint
from lib.web.route import Call, post
from lib.web.webhook import MAX_BODY


class handler(Endpoint):
    """/v1/webhooks/stripe."""

    @post(webhook.PATH, guard=webhook.SIGNED, max_body=MAX_BODY)
    def receive_stripe(self, call: Call[bytes]) -> Received:
        """Receive an event of Stripe: it says where to look, and is stored without its object."""
        try:
            event = StripeEvent.model_validate_json(call.input)
        except ValidationError:
            log.event("webhook_not_understood", source="stripe")
            return Received()
        if not webhook.is_of_our_mode(event):
            log.event("webhook_of_other_mode", source="stripe")
            return Received()
        if not webhook.is_of_the_right_account(event):
            log.event("webhook_of_other_account", source="stripe")
            return Received()
        return service.receive(
            call.db,
            source="stripe",
            event_id=event.id,
            kind=event.type,
            payload=event.model_dump_json(),
            now=call.now,
        )
