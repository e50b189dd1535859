"""A paper as PDF: made anew from its body whenever it is asked for, each time the same bytes.

ReportLab draws it and embeds what is used of the typeface; lib/papers/tagging.py says which text is
a heading, a paragraph or a cell, for those who listen to it. Loaded when the first one is asked
for: it costs a third of a second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lib.papers.schemas import PaperBody
from lib.papers.sheets import Sheet, Table, sheet
from lib.papers.tagging import Tags

_PLAIN, _BOLD = "SourceSansPro", "SourceSansPro-Bold"
_WIDTH, _HEIGHT = A4
_MARGIN = 56.0
_INNER = _WIDTH - 2 * _MARGIN
_BOTTOM = 70.0
_GAP = 6.0
_LEADING = 1.35
_SMALL, _NORMAL, _TITLE = 8.0, 9.5, 20.0


@dataclass(frozen=True)
class _Text:
    """Lines of text at a place: the first begins (or, right, ends) at x, its foot is at y."""

    x: float
    y: float
    lines: tuple[str, ...]
    font: str = _PLAIN
    size: float = _NORMAL
    is_right: bool = False


@dataclass(frozen=True)
class _Row:
    """A row of a table: its cells and, above it, whether there is a line."""

    cells: tuple[_Text, ...]
    is_head: bool
    rule_y: float


@dataclass(frozen=True)
class _Piece:
    """What stands on a page: a text with its role, or the rows of a table."""

    role: str
    texts: tuple[_Text, ...] = ()
    rows: tuple[_Row, ...] = ()


def render(body: PaperBody) -> bytes:
    """Return the paper as PDF."""
    _load_fonts()
    paper = sheet(body)
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1, lang=paper.language)
    canvas.setTitle(f"{paper.title} – MIN MENTOR")
    canvas.setAuthor(body.issuer.name)
    canvas.setSubject(body.number)
    canvas.setCreator("MIN MENTOR")
    canvas.setDateFormatter(lambda *_: f"D:{body.issued_on:%Y%m%d}000000+00'00'")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    tags = Tags(canvas)
    pages = _Layout(paper).pages
    for number, pieces in enumerate(pages, start=1):
        for piece in pieces:
            _draw(canvas, tags, piece)
        with tags.artifact():
            _draw_footer(canvas, paper, f"{number}/{len(pages)}")
        tags.end_page()
        canvas.showPage()
    tags.finish()
    canvas.save()
    return out.getvalue()


@cache
def _load_fonts() -> None:
    import font_source_sans_pro  # type: ignore[import-untyped]

    files = font_source_sans_pro.font_files_ttf
    for name, file in ((_PLAIN, "SourceSansPro"), (_BOLD, "SourceSansProBold")):
        pdfmetrics.registerFont(TTFont(name, files[file]))


class _Layout:
    """Places everything, from the top to the bottom and on to the next page."""

    def __init__(self, paper: Sheet) -> None:
        self.pages: list[list[_Piece]] = [[]]
        self._y = _HEIGHT - _MARGIN
        self._heading("H1", paper.title, _TITLE)
        self._blocks(paper.blocks)
        for table in paper.tables:
            self._table(table)
        for note in paper.notes:
            self._paragraph(note)

    def _heading(self, role: str, text: str, size: float) -> None:
        self._room(size * 3)
        self._y -= size
        self._add(_Piece(role, (_Text(_MARGIN, self._y, (text,), _BOLD, size),)))
        self._y -= size * 0.8

    def _paragraph(self, text: str) -> None:
        lines = tuple(simpleSplit(text, _PLAIN, _NORMAL, _INNER))
        height = len(lines) * _NORMAL * _LEADING
        self._room(height + _GAP)
        self._y -= _NORMAL
        self._add(_Piece("P", (_Text(_MARGIN, self._y, lines),)))
        self._y -= height - _NORMAL + _GAP

    def _blocks(self, blocks: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Place blocks in two columns, row by row."""
        width = _INNER / 2 - 2 * _GAP
        for at in range(0, len(blocks), 2):
            bottoms = []
            for column, (heading, lines) in enumerate(blocks[at : at + 2]):
                x, y = _MARGIN + column * _INNER / 2, self._y - _NORMAL
                self._add(_Piece("H2", (_Text(x, y, (heading,), _BOLD),)))
                y -= _NORMAL * _LEADING
                split = [one for line in lines for one in simpleSplit(line, _PLAIN, _NORMAL, width)]
                self._add(_Piece("P", (_Text(x, y, tuple(split)),)))
                bottoms.append(y - len(split) * _NORMAL * _LEADING)
            self._y = min(bottoms) - _GAP

    def _table(self, table: Table) -> None:
        self._y -= _GAP
        self._heading("H2", table.caption, _NORMAL + 1.5)
        head = list(self._measured(table, [table.headers], is_head=True))
        body = list(self._measured(table, table.rows, is_head=False))
        rows: list[_Row] = []
        for height, cells, is_head in [*head, *body]:
            if self._y - height < _BOTTOM:
                self._end_table(rows)
                rows = [self._placed(*head[0][:2], is_head=True)]
            rows.append(self._placed(height, cells, is_head=is_head))
        self._end_table(rows, is_last=True)
        self._y -= 2 * _GAP

    def _end_table(self, rows: list[_Row], *, is_last: bool = False) -> None:
        if rows:
            self._add(_Piece("Table", rows=tuple(rows)))
        if not is_last:
            self._next_page()

    def _measured(
        self, table: Table, rows: Sequence[Sequence[str]], *, is_head: bool
    ) -> Iterator[tuple[float, list[_Text], bool]]:
        """Yield each row with its height; its cells are placed as if it began at 0."""
        whole, first = sum(table.widths), len(table.widths) - table.numbers
        for number, row in enumerate(rows):
            is_sum = not is_head and number == len(rows) - 1 and len(rows) > 1
            font = _BOLD if is_head or is_sum else _PLAIN
            x, cells = _MARGIN, []
            for at, text in enumerate(row):
                width = _INNER * table.widths[at] / max(whole, 100)
                lines = tuple(simpleSplit(text, font, _NORMAL, width - _GAP)) or ("",)
                is_right = at >= first
                place = x + width if is_right else x
                cells.append(_Text(place, 0, lines, font, _NORMAL, is_right))
                x += width
            most = max(len(cell.lines) for cell in cells)
            yield most * _NORMAL * _LEADING + _GAP, cells, is_head

    def _placed(self, height: float, cells: Sequence[_Text], *, is_head: bool) -> _Row:
        top = self._y
        self._y -= height
        y = top - _NORMAL - _GAP / 2
        placed = [_Text(c.x, y, c.lines, c.font, c.size, c.is_right) for c in cells]
        return _Row(tuple(placed), is_head, self._y)

    def _room(self, height: float) -> None:
        if self._y - height < _BOTTOM:
            self._next_page()

    def _next_page(self) -> None:
        self.pages.append([])
        self._y = _HEIGHT - _MARGIN

    def _add(self, piece: _Piece) -> None:
        self.pages[-1].append(piece)


def _draw(canvas: Canvas, tags: Tags, piece: _Piece) -> None:
    for text in piece.texts:
        with tags.element(piece.role):
            _write(canvas, text)
    if not piece.rows:
        return
    with tags.group("Table"):
        for row in piece.rows:
            with tags.group("TR"):
                for cell in row.cells:
                    with tags.element("TH" if row.is_head else "TD"):
                        _write(canvas, cell)
    with tags.artifact():
        canvas.setLineWidth(0.4)
        for row in piece.rows:
            canvas.line(_MARGIN, row.rule_y, _MARGIN + _INNER, row.rule_y)


def _write(canvas: Canvas, text: _Text) -> None:
    canvas.setFont(text.font, text.size)
    write = canvas.drawRightString if text.is_right else canvas.drawString
    for at, line in enumerate(text.lines):
        # A space for those who listen to it, or copy it: else the words of two lines are one.
        is_open = not text.is_right and at < len(text.lines) - 1
        write(text.x, text.y - at * text.size * _LEADING, f"{line} " if is_open else line)


def _draw_footer(canvas: Canvas, paper: Sheet, page: str) -> None:
    canvas.setFont(_PLAIN, _SMALL)
    canvas.drawString(_MARGIN, _MARGIN - 16, paper.footer)
    canvas.drawRightString(_MARGIN + _INNER, _MARGIN - 16, page)
