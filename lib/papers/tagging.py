"""Tags of a PDF: which text is a heading, a paragraph or a cell (ISO 32000-1, section 14.8).

ReportLab draws and knows no structure, so the tree is built here out of its own objects: text is
marked while it is drawn, each mark has an element, and what is no content is an artifact.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
)
from reportlab.pdfgen.canvas import Canvas

_ROOT = "StructTreeRoot"


class Tags:
    """The structure of one document, in the order in which it is drawn."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        # The catalog and the pages have no other door.
        self._document = canvas._doc  # type: ignore[attr-defined]  # noqa: SLF001
        self._elements = 0
        self._pages: list[list[PDFObjectReference]] = [[]]
        self._children: list[list[object]] = [[]]
        self._parents = [self._name()]
        self._add_page = self._document.addPage
        self._document.addPage = self._tagged_page

    @contextmanager
    def element(self, role: str) -> Iterator[None]:
        """Mark what is drawn within as an element with content of its own."""
        marks = self._pages[-1]
        number, name = len(marks), self._name()
        marks.append(PDFObjectReference(name))
        self._canvas.addLiteral(f"/{role} <</MCID {number}>> BDC")
        yield
        self._canvas.addLiteral("EMC")
        page = PDFObjectReference(f"Page{len(self._pages)}")
        self._put(name, role, number, page)

    @contextmanager
    def group(self, role: str) -> Iterator[None]:
        """Put the elements within below one: a table, a row."""
        name = self._name()
        self._parents.append(name)
        self._children.append([])
        yield
        self._parents.pop()
        self._put(name, role, PDFArray(self._children.pop()), None)

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Mark what is drawn within as no content: lines, page numbers."""
        self._canvas.addLiteral("/Artifact BMC")
        yield
        self._canvas.addLiteral("EMC")

    def end_page(self) -> None:
        """Begin to count the marks of another page."""
        self._pages.append([])

    def finish(self) -> None:
        """Hang the tree into the catalog."""
        self._document.addPage = self._add_page
        root, top = PDFObjectReference(_ROOT), self._parents[0]
        self._refer(
            top,
            {"S": PDFName("Document"), "P": root, "K": PDFArray(self._children[0])},
        )
        marks = [
            entry
            for number, page in enumerate(self._pages[:-1])
            for entry in (number, PDFArray(page))
        ]
        tree = {
            "Type": PDFName(_ROOT),
            "K": PDFObjectReference(top),
            "ParentTree": PDFDictionary({"Nums": PDFArray(marks)}),
        }
        self._refer(_ROOT, tree)
        catalog = self._document.Catalog
        catalog.StructTreeRoot = root
        catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _name(self) -> str:
        self._elements += 1
        return f"Tag{self._elements}"

    def _put(self, name: str, role: str, kids: object, page: PDFObjectReference | None) -> None:
        said = {"S": PDFName(role), "P": PDFObjectReference(self._parents[-1]), "K": kids}
        self._refer(name, {**said, "Pg": page} if page else said)
        self._children[-1].append(PDFObjectReference(name))

    def _refer(self, name: str, entries: dict[str, object]) -> None:
        self._document.Reference(PDFDictionary(entries), name)

    def _tagged_page(self, page: object) -> None:
        """Add a page as ReportLab does, and say which marks are its own."""
        names = [*page.__NoDefault__, "StructParents", "Tabs"]  # type: ignore[attr-defined]
        page.__NoDefault__ = names  # type: ignore[attr-defined]
        page.StructParents = len(self._pages) - 2  # type: ignore[attr-defined]
        page.Tabs = PDFName("S")  # type: ignore[attr-defined]
        self._add_page(page)
