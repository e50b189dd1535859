"""Webhooks of Vipps ePayment."""

from pydantic import ValidationError

from lib.core import log
from lib.inbound import service
from lib.inbound.service import Received
from lib.providers.vipps import settings, webhook
from lib.providers.vipps.payloads import PaymentEvent
from lib.web.endpoint import Endpoint
from lib.web.route import Call, post
from lib.web.webhook import MAX_BODY


class handler(Endpoint):
    """/v1/webhooks/vipps."""

    @post(webhook.PATH, guard=webhook.SIGNED, max_body=MAX_BODY)
    def receive_vipps(self, call: Call[bytes]) -> Received:
        """Receive a payment event from Vipps.

        What is signed but not for us, or not understood, is answered as received too: Vipps would
        hold back every later event of the payment until it is.
        """
        try:
            event = PaymentEvent.model_validate_json(call.input)
        except ValidationError:
            log.event("webhook_not_understood", source="vipps")
            return Received()
        if event.msn != settings.sales_unit().serial_number:
            log.event("webhook_for_another_merchant", source="vipps")
            return Received()
        # Vipps gives its events no id; one operation on a payment has one pspReference and name.
        return service.receive(
            call.db,
            source="vipps",
            event_id=f"{event.pspReference}:{event.name}",
            kind=event.name,
            payload=event.model_dump_json(),
            now=call.now,
        )
