"""Conversations of two people, and whom somebody wants nothing to do with."""

from lib.blocks import service as blocks
from lib.blocks.schemas import Blocks
from lib.core.errors import NotFoundError
from lib.messages import sending, service
from lib.messages.schemas import (
    Conversation,
    Conversations,
    ListMessages,
    MarkRead,
    Messages,
    NotWritableError,
    Sent,
    TooManyMessagesError,
    UnansweredError,
    Write,
    WriteTo,
)
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, delete, get, post, put
from lib.web.schema import PageQuery


class handler(Endpoint):
    """/v1/conversations and /v1/blocks."""

    @get("/v1/conversations", auth=SIGNED_IN)
    def list_own(self, call: Call[PageQuery]) -> Conversations:
        """List your conversations, the last written in first, with what you have not read."""
        return service.list_own(call.db, call.input, person_id=call.person_id)

    @post(
        "/v1/conversations",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(NotFoundError, NotWritableError, TooManyMessagesError, UnansweredError),
    )
    def begin(self, call: Call[WriteTo]) -> Sent:
        """Write to a listed mentor, or to somebody with whom you have, or had, a session.

        Before there was a session, three messages may be without an answer.
        """
        return sending.begin(call.db, call.input, person_id=call.person_id, now=call.now)

    @get("/v1/conversations/{conversation_id}/messages", auth=SIGNED_IN)
    def read(self, call: Call[ListMessages], conversation_id: str) -> Messages:
        """Read a conversation of yours."""
        return service.read(call.db, conversation_id, call.input, person_id=call.person_id)

    @post(
        "/v1/conversations/{conversation_id}/messages",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(NotWritableError, TooManyMessagesError, UnansweredError),
    )
    def write(self, call: Call[Write], conversation_id: str) -> Sent:
        """Write in a conversation of yours."""
        return sending.go_on(
            call.db, conversation_id, call.input, person_id=call.person_id, now=call.now
        )

    @delete("/v1/conversations/{conversation_id}/messages/{sent_id}", auth=SIGNED_IN)
    def delete_own(self, call: Call[None], conversation_id: str, sent_id: str) -> None:
        """Delete a message of your own: the words are gone, for both of you."""
        service.delete(call.db, conversation_id, sent_id, person_id=call.person_id, now=call.now)

    @post("/v1/conversations/{conversation_id}/read", auth=SIGNED_IN, idempotent=True)
    def mark_read(self, call: Call[MarkRead], conversation_id: str) -> Conversation:
        """Say how far you have read; the other sees it at their messages."""
        return service.mark_read(call.db, conversation_id, call.input, person_id=call.person_id)

    @get("/v1/blocks", auth=SIGNED_IN)
    def list_blocks(self, call: Call[PageQuery]) -> Blocks:
        """List whom you have blocked."""
        return blocks.list_own(call.db, call.input, person_id=call.person_id)

    @put("/v1/blocks/{person_id}", auth=SIGNED_IN)
    def block(self, call: Call[None], person_id: str) -> None:
        """Block somebody: neither of you writes to or books the other; what is agreed stands."""
        sending.block(call.db, person_id, person_id=call.person_id, now=call.now)

    @delete("/v1/blocks/{person_id}", auth=SIGNED_IN)
    def unblock(self, call: Call[None], person_id: str) -> None:
        """Take a block back."""
        blocks.unblock(call.db, person_id, person_id=call.person_id)
