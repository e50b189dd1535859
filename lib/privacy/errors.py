"""What can go wrong when a person has their data erased."""

from lib.core.errors import ProblemError


class ErasureRefusedError(ProblemError):
    """Something is under way that needs the data; `obstacles` says what."""

    status, code = 409, "erasure_refused"
    nb = "Noe pågår fortsatt, så dataene kan ikke slettes ennå"
    en = "Something is still under way, so the data can't be erased yet"

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__(None, obstacles=obstacles)
        self.obstacles = obstacles


class ErasureIncompleteError(ProblemError):
    """Something of the person is left. `places` names tables and columns, never what they hold.

    The erasure stays planned, and can be carried out again once the cause is gone.
    """

    status, code = 500, "erasure_incomplete"
    nb = "Slettingen er ikke fullført; vi må se på den"
    en = "The erasure is not complete; we have to look into it"

    def __init__(self, places: list[str]) -> None:
        super().__init__()
        self.places = sorted(set(places))

    def __str__(self) -> str:
        return f"still there: {', '.join(self.places)}"
