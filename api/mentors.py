"""Mentors: search, their pages, and one's own."""

from lib.mentors import service
from lib.mentors.schemas import (
    AlreadyAMentorError,
    ApplyAsMentor,
    ChangeMentor,
    FindMentors,
    Mentor,
    MentorCards,
    NotAMentorError,
    OwnMentor,
)
from lib.policies.schemas import PolicyNotAcceptedError
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, patch, post


class handler(Endpoint):
    """/v1/mentors."""

    @get("/v1/mentors")
    def search(self, call: Call[FindMentors]) -> MentorCards:
        """Find mentors who can be booked."""
        return service.search(call.db, call.input)

    @post(
        "/v1/mentors",
        auth=SIGNED_IN,
        idempotent=True,
        status=201,
        errors=(
            AlreadyAMentorError,
            PolicyNotAcceptedError,
        ),
    )
    def apply(self, call: Call[ApplyAsMentor]) -> OwnMentor:
        """Become a mentor; you are listed at once, and found as soon as you offer something."""
        return service.apply(call.db, call.input, person_id=call.person_id, now=call.now)

    @get("/v1/mentors/me", auth=SIGNED_IN, errors=(NotAMentorError,))
    def read_own(self, call: Call[None]) -> OwnMentor:
        """Read your own page as a mentor, also while it is paused, with your business."""
        return service.own_page(call.db, call.person_id)

    @patch("/v1/mentors/me", auth=SIGNED_IN, idempotent=True, errors=(NotAMentorError,))
    def change(self, call: Call[ChangeMentor]) -> OwnMentor:
        """Change your page, or pause it: what you send is changed, what you leave out stays.

        null takes an organisation number away.
        """
        return service.change(call.db, call.input, person_id=call.person_id, now=call.now)

    @get("/v1/mentors/{mentor_id}")
    def read(self, call: Call[None], mentor_id: str) -> Mentor:
        """Read a mentor's page with what they offer."""
        return service.page(call.db, mentor_id)
