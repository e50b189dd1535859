"""The pages that Stripe hosts, for an account's holder and for who pays, small and plain."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from sandbox.simulators.stripe.cards import Card
from sandbox.simulators.stripe.state import Resource

_PAGE = """<!doctype html>
<html lang="nb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.125rem/1.6 system-ui, sans-serif; margin: 0; background: #f6f7fb; color: #1a1f36; }}
main {{ max-width: 36rem; margin: 0 auto; padding: 2rem 1rem; }}
button {{ font: inherit; padding: .75rem 1.25rem; margin: .25rem .5rem .25rem 0;
  border-radius: .5rem; border: 2px solid #4338ca;
  background: #fff; color: #3730a3; cursor: pointer; }}
button.primary {{ background: #4338ca; color: #fff; }}
button:focus-visible {{ outline: 3px solid #b45309; outline-offset: 3px; }}
.note {{ border-left: .25rem solid #4338ca; padding-left: 1rem; }}
th, td {{ text-align: left; padding: .25rem 1rem .25rem 0; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_NOTE = (
    '<p class="note">Dette er en etterligning av Stripe for utvikling. '
    "Her skal ingen skrive inn ekte opplysninger.</p>"
)


def onboarding_page(account: Resource, action: str, visit: str) -> str:
    """The form that stands for all of Stripe's: fill in everything, or leave it for later."""
    due = "".join(f"<li><code>{escape(name)}</code></li>" for name in _due(account))
    content = f"""{_NOTE}
<p>Konto: <code>{escape(account["id"])}</code></p>
<h2>Dette mangler</h2>
<ul>{due or "<li>Ingenting</li>"}</ul>
<form method="post" action="{escape(action)}">
<input type="hidden" name="visit" value="{escape(visit)}">
<p>
<button class="primary" name="choice" value="complete">Fyll ut alt og bli godkjent</button>
<button name="choice" value="verify">Fyll ut alt, men la Stripe kontrollere først</button>
<button name="choice" value="later">Fortsett senere</button>
</p>
</form>"""
    return _PAGE.format(title="Bli klar for utbetaling", content=content)


def _due(account: Resource) -> list[str]:
    due: list[str] = account["requirements"]["currently_due"]
    return due


def dashboard_page(account: Resource, sums: Mapping[str, int], payouts: list[Resource]) -> str:
    """What the holder of an account sees after signing in: money that is here, and that left."""
    here = "".join(f"<li>{_money(amount, code)}</li>" for code, amount in sorted(sums.items()))
    rows = "".join(
        f"<tr><td>{datetime.fromtimestamp(item['arrival_date'], UTC):%Y-%m-%d}</td>"
        f"<td>{_money(item['amount'], item['currency'])}</td><td>{escape(item['status'])}</td></tr>"
        for item in reversed(payouts)
    )
    content = f"""{_NOTE}
<p>Konto: <code>{escape(account["id"])}</code></p>
<h2>Saldo</h2>
<ul>{here or "<li>Ingen penger ennå</li>"}</ul>
<h2>Utbetalinger</h2>
<table>
<thead>
<tr><th scope="col">Dato</th><th scope="col">Beløp</th><th scope="col">Status</th></tr>
</thead>
<tbody>{rows or '<tr><td colspan="3">Ingen ennå</td></tr>'}</tbody>
</table>"""
    return _PAGE.format(title="Dine utbetalinger", content=content)


def checkout_page(session: Resource, title: str, cards: Mapping[str, Card], said: str) -> str:
    """The form that asks for a card, and for Vipps where it is offered; `said` is shown above."""
    alert = f'<p role="alert"><strong>{escape(said)}</strong></p>' if said else ""
    options = "".join(
        f'<option value="{number}">{number} ({escape(card.says)})</option>'
        for number, card in cards.items()
    )
    vipps = (
        '<button name="method" value="vipps">Betal med Vipps</button>'
        if "vipps" in session["payment_method_types"]
        else ""
    )
    content = f"""{_NOTE}
{alert}<p>{escape(title)}</p>
<form method="post" action="/c/pay/{escape(session["id"])}">
<p><label>E-post<br><input type="email" name="email" value="kari@example.no" required></label></p>
<p><label>Kort<br><select name="number">{options}</select></label></p>
<p>
<button class="primary" name="method" value="card">Betal</button>
{vipps}
<button name="choice" value="back" formnovalidate>Tilbake</button>
</p>
</form>"""
    amount = _money(session["amount_total"], session["currency"])
    return _PAGE.format(title=f"Betal {amount}", content=content)


def gone_page() -> str:
    """The answer to an address that leads nowhere, or no longer."""
    content = "<p>Lenken er brukt eller for gammel. Gå tilbake til tjenesten du kom fra.</p>"
    return _PAGE.format(title="Lenken virker ikke", content=content)


def _money(amount: int, code: str) -> str:
    return f"{amount // 100},{amount % 100:02d} {escape(code.upper())}"
