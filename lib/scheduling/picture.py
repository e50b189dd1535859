"""The states of a booking as a picture, drawn from the table in rules.py and from nothing else.

`python -m lib.scheduling.picture` writes docs/scheduling/states.md, which GitHub draws.
"""

from pathlib import Path

from lib.scheduling import rules

PAGE = Path(__file__).parents[2] / "docs/scheduling/states.md"

_ABOVE = """# The states of a booking

Made from `TRANSITIONS` in lib/scheduling/rules.py by `python -m lib.scheduling.picture`; a test
compares them. In every state but the last ones a booking takes the time of both.
"""


def drawn() -> str:
    """Return the page: a state diagram in Mermaid, every arrow of the table once."""
    begins = [f"    [*] --> {state}" for state in rules.FIRST]
    arrows = [
        f"    {state} --> {to}"
        for state, following in rules.TRANSITIONS.items()
        for to in sorted(following)
    ]
    ends = [f"    {state} --> [*]" for state in rules.TRANSITIONS if state not in rules.OPEN]
    lines = ["```mermaid", "stateDiagram-v2", *begins, *arrows, *ends, "```"]
    return "\n".join([_ABOVE, *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(drawn(), encoding="utf-8")
