"""Webhooks of Whereby."""

from pydantic import ValidationError

from lib.core import log
from lib.inbound import service
from lib.inbound.service import Received
from lib.providers.whereby import webhook
from lib.providers.whereby.payloads import RoomEvent
from lib.web.endpoint import Endpoint
from lib.web.route import Call, post
from lib.web.webhook import MAX_BODY


class handler(Endpoint):
    """/v1/webhooks/whereby."""

    @post(webhook.PATH, guard=webhook.SIGNED, max_body=MAX_BODY)
    def receive_whereby(self, call: Call[bytes]) -> Received:
        """Receive an event of a room; names that people show each other are not stored."""
        try:
            event = RoomEvent.model_validate_json(call.input)
        except ValidationError:
            log.event("webhook_not_understood", source="whereby")
            return Received()
        return service.receive(
            call.db,
            source="whereby",
            event_id=event.id,
            kind=event.type,
            payload=event.model_dump_json(),
            now=call.now,
        )
