"""What no function serves: every other address, answered in the same form as the rest."""

from lib.web.endpoint import Endpoint


class handler(Endpoint):
    """Declares no route, so that every address is a 404 problem."""
