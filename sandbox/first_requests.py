"""The first request that each function is asked when its start is measured.

Real ones, with a token, a secret and the database, but answered without a provider. What a request
makes a function import, connect to and build is part of its cold start as a person sees it.
"""

from sandbox.cold_start import FirstRequest

# Made up and never stored: to the person who asks, somebody else's.
_UNKNOWN = "0" * 26
_READS = {
    "api/availability.py": ("/v1/availability", 200),
    "api/operator/accounting.py": (f"/v1/operator/accounting/acx_{_UNKNOWN}", 403),
    "api/operator/approvals.py": ("/v1/operator/approvals", 403),
    "api/operator/books.py": ("/v1/operator/books/differences?reason=bench", 403),
    "api/operator/breaches.py": ("/v1/operator/breaches", 403),
    "api/operator/money.py": ("/v1/operator/payouts?reason=bench", 403),
    "api/operator/people.py": (f"/v1/operator/holds?person_id=per_{_UNKNOWN}", 403),
    "api/operator/refunds.py": ("/v1/operator/refunds?reason=bench", 403),
    "api/operator/requests.py": ("/v1/operator/requests", 403),
    "api/published.py": ("/v1/policies", 200),
    "api/privacy/explained.py": ("/v1/privacy/explained", 200),
    "api/privacy/exports.py": ("/v1/privacy/exports", 200),
    "api/privacy/choices.py": ("/v1/privacy/restriction", 200),
    "api/privacy/requests.py": ("/v1/privacy/requests", 200),
    "api/hours.py": ("/v1/hours", 200),
    "api/papers.py": ("/v1/papers", 200),
    "api/booking_changes.py": (f"/v1/bookings/bkg_{_UNKNOWN}/moves", 404),
    "api/bookings.py": ("/v1/bookings", 200),
    "api/calendar.py": ("/v1/calendar/feed", 200),
    "api/conversations.py": ("/v1/conversations", 200),
    "api/meetings.py": (f"/v1/bookings/bkg_{_UNKNOWN}/meeting", 404),
    "api/mentors.py": ("/v1/mentors", 200),
    "api/not_found.py": ("/v1/nowhere", 404),
    "api/offers.py": ("/v1/offers", 200),
    "api/packs.py": ("/v1/packs", 200),
    "api/payouts.py": ("/v1/payouts", 200),
    "api/privacy/erasure.py": ("/v1/privacy/erasure", 200),
    "api/account.py": ("/v1/profile", 200),
    "api/purchases.py": (f"/v1/purchases/pur_{_UNKNOWN}", 404),
}
_WEBHOOKS = ("stripe", "vipps", "whereby")
_CRONS = {
    # Its others ask providers.
    "money": "purchases",
    "outbox": "outbox",
    "privacy": "privacy",
    "scheduling": "meetings",
}
_FOREIGN_ANSWER = (
    '{"attempt": "never-begun-by-anybody", "state": "never-given", "code": "1", "device_name": "x"}'
)


def first_requests(token: str, cron_secret: str) -> dict[str, FirstRequest]:
    """Return the request of every function, by its file.

    :param token: an access token of a mentor.
    """
    bearer = {"authorization": f"Bearer {token}"}
    secret = {"authorization": f"Bearer {cron_secret}"}
    json = {"content-type": "application/json"}
    return {
        **{
            file: FirstRequest(path, status, headers=bearer)
            for file, (path, status) in _READS.items()
        },
        "api/sign_in.py": FirstRequest(
            "/v1/sign-in/complete", 401, "POST", headers=json, body=_FOREIGN_ANSWER
        ),
        **{
            f"api/webhooks/{name}.py": FirstRequest(
                f"/v1/webhooks/{name}", 401, "POST", headers=json, body="{}"
            )
            for name in _WEBHOOKS
        },
        **{
            f"api/cron/{file}.py": FirstRequest(f"/cron/{job}", headers=secret)
            for file, job in _CRONS.items()
        },
    }
