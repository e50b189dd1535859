"""The pages that a person sees in a browser: choosing who logs in, and who pays.

Plain HTML in Norwegian; they need no script and load nothing from anywhere.
"""

from collections.abc import Sequence
from html import escape

from sandbox.simulators.kit import Response
from sandbox.simulators.vipps.people import Person

_STYLE = """
:root { color-scheme: light; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: #fff4ec; color: #1d1a2b; }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: #fff;
  border-radius: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
.note { margin: 0 0 1rem; padding: .5rem .75rem; border-left: .25rem solid #b8380c;
  background: #fff4ec; }
fieldset { border: 1px solid #6b6780; border-radius: .75rem; margin: 1rem 0; padding: .5rem 1rem; }
label { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem; }
input { width: 1.25rem; height: 1.25rem; accent-color: #b8380c; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.5rem;
  border-radius: 1.5rem; border: 2px solid #b8380c; cursor: pointer; margin: 0 .5rem .5rem 0; }
button[value=approve] { background: #b8380c; color: #fff; }
button[value=cancel] { background: #fff; color: #8f2a06; }
:focus-visible { outline: 3px solid #1d1a2b; outline-offset: 2px; }
"""

SCOPE_NAMES = {
    "name": "navn",
    "phoneNumber": "telefonnummer",
    "email": "e-postadresse",
    "address": "adresse",
    "birthDate": "fødselsdato",
}


def login_page(
    *, unit: str, action: str, query_string: str, scope: str, people: Sequence[Person]
) -> Response:
    """Ask who logs in. The form posts `request` (the query string), `person` and `action`."""
    shared = [SCOPE_NAMES[name] for name in scope.split() if name in SCOPE_NAMES]
    asks = f"<p>{escape(unit)} ber om: {escape(', '.join(shared))}.</p>" if shared else ""
    return _page(
        200,
        f"Logg inn hos {unit}",
        f"""{asks}
<form method="post" action="{escape(action)}">
<input type="hidden" name="request" value="{escape(query_string)}">
{_choice("Hvem logger inn?", people)}
<button name="action" value="approve">Godta og logg inn</button>
<button name="action" value="cancel">Avbryt</button>
</form>""",
    )


def payment_page(
    *, unit: str, action: str, amount: int, description: str, people: Sequence[Person], said: str
) -> Response:
    """Ask who pays `amount` øre. The form posts `person` and `action`; `said` is shown above."""
    kroner = f"{amount // 100:,}".replace(",", "\N{NO-BREAK SPACE}")
    alert = f'<p role="alert"><strong>{escape(said)}</strong></p>' if said else ""
    return _page(
        200,
        f"Betal {kroner},{amount % 100:02d} kr til {unit}",
        f"""{alert}<p>{escape(description)}</p>
<form method="post" action="{escape(action)}">
{_choice("Hvem betaler?", people)}
<button name="action" value="approve">Betal</button>
<button name="action" value="cancel">Avbryt</button>
</form>""",
    )


def message_page(status: int, title: str, text: str) -> Response:
    """Say something that leaves nothing to decide."""
    return _page(status, title, f"<p>{escape(text)}</p>")


def _choice(question: str, people: Sequence[Person]) -> str:
    options = "\n".join(
        f'<label><input type="radio" name="person" value="{escape(person.key)}" required'
        f"{' checked' if index == 0 else ''}>"
        f"<span>{escape(person.name)}{escape(f' ({person.role})' if person.role else '')}</span>"
        "</label>"
        for index, person in enumerate(people)
    )
    return f"<fieldset><legend>{escape(question)}</legend>\n{options}\n</fieldset>"


def _page(status: int, title: str, content: str) -> Response:
    return Response.html(
        status,
        f"""<!doctype html>
<html lang="nb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
<p class="note">Dette er en simulator. Ingen ekte innlogging, ingen ekte penger.</p>
{content}
</main>
</body>
</html>
""",
    )
