"""What is held about you, to read page by page or as an archive."""

from lib.core.errors import NotFoundError
from lib.privacy import collecting, exports, service
from lib.privacy.archive_schemas import Export, Exports, NewExport, TooManyExportsError
from lib.privacy.schemas import ExportPage, ExportQuery
from lib.web.endpoint import Endpoint
from lib.web.route import SIGNED_IN, Call, get, post
from lib.web.schema import PageQuery


class handler(Endpoint):
    """/v1/privacy/export, /v1/privacy/exports and /v1/privacy/collections."""

    @get("/v1/privacy/export", auth=SIGNED_IN)
    def export(self, call: Call[ExportQuery]) -> ExportPage:
        """Read a page of what is held about you: each row, why, on which ground, how long.

        `right=portability` gives only what you have provided. `next` leads to the next page.
        """
        return service.export_page(
            call.db, call.person_id, after=call.input.after, right=call.input.right
        )

    @post(
        "/v1/privacy/exports",
        auth=SIGNED_IN,
        idempotent=True,
        status=202,
        errors=(TooManyExportsError,),
    )
    def ask(self, call: Call[NewExport]) -> Export:
        """Have an archive made of everything that is held about you, or of what you provided.

        It is a zip with a page to read and JSON. Ask how far it has come until `link` is there.
        """
        return exports.ask(call.db, person_id=call.person_id, right=call.input.right, now=call.now)

    @get("/v1/privacy/exports", auth=SIGNED_IN)
    def page(self, call: Call[PageQuery]) -> Exports:
        """See your archives, newest first."""
        return exports.page(
            call.db,
            person_id=call.person_id,
            after=call.input.after,
            limit=call.input.limit,
            now=call.now,
        )

    @get("/v1/privacy/exports/{export_id}", auth=SIGNED_IN)
    def one(self, call: Call[None], export_id: str) -> Export:
        """See how far an archive has come; when it is ready, a link that is good for 24 hours.

        It is deleted after seven days.
        """
        return exports.find(call.db, export_id=export_id, person_id=call.person_id, now=call.now)

    @post(
        "/v1/privacy/collections",
        finish=collecting.told,
        errors=(NotFoundError, collecting.CodeWrongError, collecting.ArchiveNotReadyError),
    )
    def collect(self, call: Call[collecting.Collect]) -> collecting.Knock:
        """Open an archive that was made for you, with the link and the code we have sent you.

        For people who can't sign in. Five wrong codes end it.
        """
        return collecting.collect(call.db, call.input, now=call.now)
