"""index.html of an archive: everything in plain words, without scripts and without anything loaded.

Norwegian, since the policy is; the reasons are the schema's own and stand in English. Headings,
captions and column headers are marked as such, for those who listen to a page.
"""

from html import escape

from lib.privacy import export, rules
from lib.privacy.documents import About, Rows, columns_of, recipients
from lib.privacy.model import Table
from lib.privacy.schemas import Right, Value
from lib.privacy.vocabulary import BASES, PURPOSES, TIERS

_MOST_ROWS = 500
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:auto;padding:1rem;"
    "color:#1a1a1a;background:#fff}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "caption{text-align:left;font-weight:600}.wide{overflow-x:auto}dt{font-weight:600}"
)
_TITLES: dict[str, str] = {
    "access": "Alt vi har om deg",
    "portability": "Det du har gitt oss",
}


class Page:
    """index.html."""

    name = "index.html"
    most_rows: int | None = _MOST_ROWS

    def __init__(self, about: About) -> None:
        self._about = about
        self.right: Right = about.right

    def tables(self) -> list[Table]:
        """Return what the right gives."""
        return export.exported_tables(self._about.contract, self.right)

    def head(self) -> str:
        """Return the beginning of the page, with what the person may demand."""
        title = _TITLES[self.right]
        return (
            '<!DOCTYPE html>\n<html lang="nb">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title} – MIN MENTOR</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            f"<main>\n<h1>{title}</h1>\n"
            f"<p>Bestilt {self._about.asked_at:%d.%m.%Y}. Din nøkkel hos oss er "
            f"<code>{escape(self._about.person_id)}</code>. For hver tabell står det hvorfor vi "
            "har opplysningene, på hvilket grunnlag, hvor lenge og hvem som ser dem. Der en "
            "opplysning også handler om en annen, ser du bare det dere begge kan se.</p>\n"
            "<p>Du kan rette og slette det meste i appen, kreve at bruken begrenses og protestere. "
            "Spørsmål: <a href='mailto:post@minmentor.no'>post@minmentor.no</a>. Du kan "
            "klage til <a href='https://www.datatilsynet.no'>Datatilsynet</a>, postboks 458 "
            "Sentrum, 0105 Oslo.</p>\n"
        )

    def opening(self, table: Table, *, is_first: bool) -> str:
        """Return what is said of the table, of its columns, and the head of its rows."""
        del is_first
        columns = columns_of(self, table)
        name = escape(table.name)
        said = (
            ("Hvorfor", PURPOSES[table.purpose].nb),
            ("Grunnlag", BASES[table.basis].nb),
            ("Hvor lenge", rules.kept_words(table.keep).nb),
        )
        terms = "".join(f"<dt>{word}</dt><dd>{escape(text)}</dd>" for word, text in said)
        explained = "".join(
            f"<tr><th scope='row'>{escape(column.name)}</th>"
            f"<td lang='en'>{escape(column.why)}</td><td>{escape(TIERS[column.tier].nb)}</td></tr>"
            for column in columns
        )
        headers = "".join(f"<th scope='col'>{escape(column.name)}</th>" for column in columns)
        return (
            f"<section aria-labelledby='t-{name}'>\n<h2 id='t-{name}'>{name}</h2>\n"
            f"<p lang='en'>{escape(table.why)}</p>\n<dl>{terms}</dl>\n"
            f"<div class='wide' tabindex='0'><table><caption>Feltene i {name}</caption><thead><tr>"
            "<th scope='col'>Felt</th><th scope='col'>Hvorfor</th><th scope='col'>Hvem ser det</th>"
            f"</tr></thead><tbody>{explained}</tbody></table></div>\n"
            f"<div class='wide' tabindex='0'><table><caption>Innholdet i {name}</caption>"
            f"<thead><tr>{headers}</tr></thead><tbody>\n"
        )

    def rows(self, table: Table, rows: Rows, *, is_first: bool) -> str:
        """Return rows of the table."""
        del is_first
        names = [column.name for column in columns_of(self, table)]
        return "".join(
            "<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in names) + "</tr>\n"
            for row in rows
        )

    def closing(self, table: Table, *, is_cut: bool) -> str:
        """Return the end of the table, and where the rest is."""
        del table
        whole = "data.json" if self.right == "access" else "portability.json"
        more = f"<p>Her vises de første {_MOST_ROWS} radene; alle står i {whole}.</p>\n"
        return "</tbody></table></div>\n" + (more if is_cut else "") + "</section>\n"

    def tail(self) -> str:
        """Return who is sent something, and the end."""
        listed = "".join(
            f"<tr><th scope='row'><a href='{escape(one.policy_url)}'>{escape(one.name)}</a></th>"
            f"<td>{escape(one.purpose.nb)}</td><td>{escape(one.gets.nb)}</td>"
            f"<td>{escape(one.place.nb)}</td><td>{escape(one.transfer_ground.nb)}</td></tr>\n"
            for one in recipients()
        )
        return (
            "<section aria-labelledby='mottakere'>\n<h2 id='mottakere'>Hvem som får noe</h2>\n"
            "<div class='wide' tabindex='0'><table><caption>Leverandørene våre</caption><thead>"
            "<tr><th scope='col'>Hvem</th><th scope='col'>Hva for</th><th scope='col'>Hva de får"
            "</th><th scope='col'>Hvor</th><th scope='col'>Grunnlag for overføring</th></tr>"
            f"</thead><tbody>\n{listed}</tbody></table></div>\n</section>\n</main>\n</body>\n</html>\n"
        )


def _cell(value: Value) -> str:
    return "–" if value is None else escape(str(value))
