"""Other ways to draw such a page, each in the manner of its own documentation.

They draw the table of the same certificate with the same font, and a code where they have one of
their own (none for typst and WeasyPrint), to PDF alone: no OFD, no PDF/A, no check of characters.
One that is not installed is skipped by name; `pip install sealpress[bench]` brings all three.
"""

from __future__ import annotations

import html
import importlib
import io
import json
import time
from collections.abc import Callable, Mapping

from renderer import fonts
from renderer.layout import Layout
from service.bench.data import bench_layout, figures, varied

COUNT = 5
"""Pages of each: they take up to a second, and are not what is measured."""

Rows = list[tuple[str, str]]
Draw = Callable[[Rows], bytes]


def measure_peers() -> dict[str, str]:
    """Median milliseconds for one page of each, or why there are none."""
    found = {}
    for module, make in PEERS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            found[module] = "not installed"
            continue
        found[module] = f"{_measure(make()):.1f} ms"
    return found


def _measure(draw: Draw) -> float:
    layout, times = bench_layout(), []
    draw(_rows(layout, 0))
    for serial in range(1, COUNT + 1):
        rows = _rows(layout, serial)
        start = time.perf_counter()
        if not draw(rows).startswith(b"%PDF"):
            raise RuntimeError("a peer that drew no PDF")
        times.append(time.perf_counter() - start)
    return figures(times)["median_ms"]


def _rows(layout: Layout, serial: int) -> Rows:
    face: Mapping[str, str] = varied(layout, serial)["face"]
    return [(field.label, face.get(key, "")) for key, field in layout.fields.items()]


def _font_path() -> str:
    return str(fonts.face("serif").file)


def _reportlab() -> Draw:
    """As its guide shows it: the font registered for each document, a table, a code of its own."""
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import SimpleDocTemplate, Table

    def draw(rows: Rows) -> bytes:
        pdfmetrics.registerFont(TTFont("serif", _font_path()))
        code = Drawing(85, 85)
        code.add(QrCodeWidget("".join(value for _, value in rows)))
        table = Table(rows, style=[("FONT", (0, 0), (-1, -1), "serif", 11)])
        out = io.BytesIO()
        SimpleDocTemplate(out, pagesize=A4).build([table, code])
        return out.getvalue()

    return draw


def _typst() -> Draw:
    """The compiler, its fonts and the template loaded once; the values handed over as input."""
    import typst

    template = (
        '#set text(font: "Noto Serif SC", size: 11pt)\n'
        "#let rows = json(bytes(sys.inputs.rows))\n"
        "#table(columns: 2, ..rows.flatten())\n"
    )
    compiler = typst.Compiler(font_paths=[str(fonts.FOLDER)])

    def draw(rows: Rows) -> bytes:
        values = {"rows": json.dumps(rows, ensure_ascii=False)}
        drawn = compiler.compile(template.encode(), format="pdf", sys_inputs=values)
        return drawn if isinstance(drawn, bytes) else b""  # several pages would be a list

    return draw


def _weasyprint() -> Draw:
    """HTML with a font face, its font configuration kept."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    kept = FontConfiguration()
    face = f"@font-face{{font-family:serif-sc;src:url(file://{_font_path()})}}"
    style = CSS(string=face + "td{font:11pt serif-sc}", font_config=kept)

    def draw(rows: Rows) -> bytes:
        cells = "".join(
            f"<tr><td>{html.escape(label)}</td><td>{html.escape(value)}</td></tr>"
            for label, value in rows
        )
        page = HTML(string=f"<table>{cells}</table>")
        return bytes(page.write_pdf(stylesheets=[style], font_config=kept))

    return draw


PEERS: Mapping[str, Callable[[], Draw]] = {
    "reportlab": _reportlab,
    "typst": _typst,
    "weasyprint": _weasyprint,
}
