"""The page that a PDF shows: that of its last revision, whatever was signed.

A person sees what was added last, so that is what is read here. Pages, annotations, scripts and
attachments beyond those of a certificate are noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from renderer.pdf_content import POINTS_PER_MM
from verify.dataset import FILE_NAME
from verify.fault import Fault
from verify.limits import PDF_OBJECTS
from verify.pdf_file import PdfFile, opened, reading
from verify.pdf_objects import Array, entry, name_in, text
from verify.pdf_shape import FIELD_NAME
from verify.shown import pdf_content
from verify.shown.drawn import Drawn, Matrix, Seal

_PAGE_KEYS: Final = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents", "/Annots"}
)
_ACTIVE: Final = ("/OpenAction", "/AA", "/OCProperties", "/Collection")
_SEAL_OPERATORS: Final = frozenset({"gs"})


def read(data: bytes) -> Drawn:
    """What the page draws.

    Raises:
        Fault: it cannot be read, or draws more than any page of ours.
    """
    with reading("页面无法读取", "the page cannot be read"):
        _, root, _ = opened(data)
        return _read(root)


def of(file: PdfFile) -> Drawn:
    """The same of a file that is open already, and has one revision."""
    with reading("页面无法读取", "the page cannot be read"):
        return _read(file.root)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page that has nothing unusual around its drawing, and what that is made of."""

    around: Drawn
    content: bytes
    fonts: Mapping[str, Any]
    objects: Mapping[str, Any]


def plain(file: PdfFile) -> Sheet | None:
    """The page of a file of one revision, if it has nothing unusual around its drawing.

    Raises:
        Fault: it cannot be read.
    """
    with reading("页面无法读取", "the page cannot be read"):
        around, page, _ = _around(file.root)
        resources = _inherited(page, "/Resources")
        if around.notes or set(resources) != {"/Font", "/XObject"}:
            return None
        fonts, objects = resources["/Font"], resources["/XObject"]
        return Sheet(
            around,
            _contents(page),
            {name: fonts[name] for name in fonts},
            {name: objects[name] for name in objects},
        )


def _read(root: Any) -> Drawn:
    drawn, page, matrix = _around(root)
    stream = pdf_content.begin(drawn, _inherited(page, "/Resources"), matrix, frozenset())
    stream.read(_contents(page))
    return drawn


def _around(root: Any) -> tuple[Drawn, Any, Matrix]:
    """The page before it is drawn, with its seal and with notes of what no certificate has.

    Beside it the page's dictionary, and the matrix from its points to millimetres.
    """
    pages = list(_pages(root["/Pages"], 0))
    if not pages:
        raise Fault("没有页面", "there is no page")
    page = pages[0]
    left, bottom, right, top = (float(number) for number in _inherited(page, "/MediaBox"))
    drawn = Drawn((right - left) / POINTS_PER_MM, (top - bottom) / POINTS_PER_MM)
    if len(pages) > 1:
        drawn.note("page.pages", "页数", str(len(pages)), "1")
    for key in page:
        if key not in _PAGE_KEYS:
            drawn.note("page.settings", "页面设置", key)
    matrix = _millimetres(left, top)
    _note_outside(root, drawn)
    _take_annotations(page, matrix, drawn)
    return drawn, page, matrix


def _millimetres(left: float, top: float) -> Matrix:
    scale = 1 / POINTS_PER_MM
    return (scale, 0.0, 0.0, -scale, -left * scale, top * scale)


def _pages(node: Any, depth: int) -> Iterator[Any]:
    """The pages of a page tree, a few levels deep and no more of them than matter."""
    kids = entry(node, "/Kids")
    if kids is None or depth > _TREE_DEPTH:
        yield node
        return
    for index in range(min(len(kids), _PAGES_LOOKED_AT)):
        yield from _pages(kids[index], depth + 1)


_UNSEEN: Final = 1 | 2 | 32
"""Annotation flags (12.5.3): Invisible, Hidden, NoView."""
_TREE_DEPTH: Final = 2
_PAGES_LOOKED_AT: Final = 16


def _inherited(page: Any, key: str) -> Any:
    """An entry of a page, its own or that of a node above it (7.7.3.4)."""
    node = page
    for _ in range(_TREE_DEPTH + 1):
        found = entry(node, key)
        if found is not None:
            return found
        node = entry(node, "/Parent")
        if node is None:
            break
    raise Fault(f"页面没有{key}", f"the page has no {key}")


def _contents(page: Any) -> bytes:
    """The content of a page, in one piece or in several (7.8.2)."""
    found = entry(page, "/Contents")
    if isinstance(found, Array):
        if len(found) > PDF_OBJECTS:
            raise Fault("页面内容过碎", "a page in too many pieces")
        return b"\n".join(found[index].data for index in range(len(found)))
    return b"" if found is None else found.data


def _note_outside(root: Any, drawn: Drawn) -> None:
    """Scripts, actions and attachments of the whole document."""
    for key in _ACTIVE:
        if key in root:
            drawn.note("page.script", "脚本或动作", key)
    names = entry(root, "/Names")
    for key in names or ():
        if key != "/EmbeddedFiles":
            drawn.note("page.script", "脚本或动作", key)
    files = entry(names, "/EmbeddedFiles") if names is not None else None
    pairs = entry(files, "/Names") if files is not None else None
    listed = [text(pairs[at]) for at in range(0, min(len(pairs), PDF_OBJECTS), 2)] if pairs else []
    for title in listed:
        if title != FILE_NAME:
            drawn.note("page.attachment", "附件", title)
    if listed.count(FILE_NAME) > 1:
        drawn.note("page.attachment", "附件", FILE_NAME)


def _take_annotations(page: Any, matrix: Matrix, drawn: Drawn) -> None:
    """Take the seal; note every other annotation."""
    listed = entry(page, "/Annots")
    for index in range(min(len(listed), PDF_OBJECTS) if listed is not None else 0):
        annotation = listed[index]
        named = name_in(annotation, "/Subtype") == "/Widget" and entry(annotation, "/T")
        if named and text(named) == FIELD_NAME and drawn.seal is None:
            drawn.seal = _seal(annotation, matrix, drawn)
            continue
        if named and _draws_nothing(annotation):
            continue
        words = text(entry(annotation, "/Contents")) or text(entry(annotation, "/V"))
        kind = str(name_in(annotation, "/Subtype") or "").removeprefix("/")
        drawn.note("page.annotation", "批注", f"{kind} {words}".strip())
    if drawn.seal is None:
        drawn.note("page.seal", "印章", "缺失")


def _draws_nothing(widget: Any) -> bool:
    """Whether a field has no appearance and no extent: so stands a time stamp over the file."""
    sides = [float(number) for number in entry(widget, "/Rect") or ()]
    return name_in(widget, "/FT") == "/Sig" and "/AP" not in widget and sides == [0.0] * 4


def _seal(widget: Any, matrix: Matrix, page: Drawn) -> Seal:
    """The seal and its appearance (12.5.5), which is stretched to the widget's rectangle."""
    x0, y0, x1, y1 = (float(number) for number in widget["/Rect"])
    left, top = matrix[0] * x0 + matrix[4], matrix[3] * y1 + matrix[5]
    width, height = (x1 - x0) / POINTS_PER_MM, (y1 - y0) / POINTS_PER_MM
    form = widget["/AP"]["/N"]
    left_edge, _, _, top_edge = (float(number) for number in form["/BBox"])
    inside = _millimetres(left_edge, top_edge)
    resources = entry(form, "/Resources") or {}
    if int(entry(widget, "/F") or 0) & _UNSEEN:
        page.note("page.seal", "印章", "被隐藏")
    if set(widget["/AP"]) != {"/N"} or "/Matrix" in form or set(resources) - {"/ExtGState"}:
        page.note("page.seal", "印章", "外观不是印章的图形")

    def read() -> Drawn:
        drawn = Drawn(width, height)
        pdf_content.begin(drawn, resources, inside, _SEAL_OPERATORS).read(data)
        return drawn

    data = form.data
    return Seal((left, top, width, height), data, read)
