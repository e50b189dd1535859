"""The page behind a room's address: a plain stand-in for the video meeting, in Norwegian."""

from html import escape

from sandbox.simulators.whereby.rooms import Participant, Room

_PAGE = """<!doctype html>
<html lang="nb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.125rem/1.6 system-ui, sans-serif; margin: 0; background: #f4f7f6; color: #17211f; }}
main {{ max-width: 36rem; margin: 0 auto; padding: 2rem 1rem; }}
button {{ font: inherit; padding: .75rem 1.25rem; border-radius: .5rem; cursor: pointer;
  border: 2px solid #0f5c4a; background: #0f5c4a; color: #fff; }}
button:focus-visible {{ outline: 3px solid #b45309; outline-offset: 3px; }}
.note {{ border-left: .25rem solid #0f5c4a; padding-left: 1rem; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="note">Dette er en etterligning av Whereby for utvikling, uten bilde og lyd.</p>
{content}
</main>
</body>
</html>
"""


def lobby_page(room: Room, address: str) -> str:
    """Before joining. `address` is the path and query that were opened; joining posts to it."""
    content = f"""<p>Rom <code>{escape(room.name)}</code>, {len(room.people)} inne nå.</p>
<form method="post" action="{escape(address)}">
<p><button>{"Bank på" if room.locked else "Bli med"}</button></p>
</form>"""
    return _PAGE.format(title="Videomøte", content=content)


def inside_page(room: Room, person: Participant) -> str:
    """After joining or knocking. Leaving posts the participant's id."""
    state = "Du er i møtet." if person.inside else "Du venter på at verten slipper deg inn."
    content = f"""<p role="status">{state} Rolle: {escape(person.role)}.</p>
<form method="post" action="{escape(room.name)}/leave">
<input type="hidden" name="participantId" value="{escape(person.participant_id)}">
<p><button>Forlat møtet</button></p>
</form>"""
    return _PAGE.format(title="Videomøte", content=content)


def farewell_page() -> str:
    """After leaving."""
    return _PAGE.format(title="Du har forlatt møtet", content="<p>Du kan lukke siden.</p>")


def gone_page() -> str:
    """Where there is no room, or no longer."""
    return _PAGE.format(title="Rommet finnes ikke", content="<p>Lenken virker ikke lenger.</p>")
