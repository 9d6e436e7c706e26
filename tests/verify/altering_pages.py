"""Changing what the PDF of a certificate shows, as an attacker would: with tools of others."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache

import pypdf
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
)
from shown_pages import crane, told

from renderer.page import TextRun
from renderer.pdf_content import shown
from verify.shown.outcome import Shown

Change = Callable[[pypdf.PdfWriter], None]


@cache
def original() -> bytes:
    return crane().file("pdf")


def changed(change: Change, *, incremental: bool = False) -> bytes:
    """The file with a change, appended as an update or written anew."""
    source = io.BytesIO(original())
    writer = (
        pypdf.PdfWriter(source, incremental=True)
        if incremental
        else pypdf.PdfWriter(clone_from=source)
    )
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def looked_at(change: Change, *, incremental: bool = False) -> Shown:
    return crane().looked_at("pdf", changed(change, incremental=incremental))


def found(change: Change) -> dict[str, tuple[str, str]]:
    return told(looked_at(change))


def content(edit: Callable[[str], str]) -> Change:
    """A change of the page's content stream."""

    def change(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[0]
        before = page["/Contents"].get_object().get_data().decode("latin-1")
        after = edit(before)
        assert after != before
        stream = DecodedStreamObject()
        stream.set_data(after.encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)

    return change


def run_of(field: str) -> TextRun:
    return next(
        one for one in crane().page().own if isinstance(one, TextRun) and one.field == field
    )


def drawn(field: str) -> re.Pattern[str]:
    """The operators that draw a value: its place, and its glyphs."""
    run = run_of(field)
    glyphs = shown(run, crane().page().fonts[run.font].widths)
    return re.compile(
        rf"BT (/F\d) ([\d.]+) Tf 1 0 0 -1 ([\d.]+) ([\d.]+) Tm {re.escape(glyphs)} ET"
    )


def edited(field: str, replacement: str | Callable[[re.Match[str]], str]) -> Change:
    def edit(text: str) -> str:
        after, count = drawn(field).subn(replacement, text)
        assert count == 1
        return after

    return content(edit)


NUMBER = "face.factory_number"
SIGNED = crane().content.face["factory_number"]


def over(field: str) -> tuple[float, float, float, float]:
    run = run_of(field)
    return run.x, run.y - run.size, run.width, 1.3 * run.size


def rectangle(field: str) -> str:
    return "{:.3f} {:.3f} {:.3f} {:.3f} re".format(*over(field))


def after(operators: str) -> Change:
    return content(lambda text: f"{text}\n{operators}")


def form(writer: pypdf.PdfWriter, operators: str) -> DictionaryObject:
    stream = DecodedStreamObject()
    stream.set_data(operators.encode())
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject([FloatObject(n) for n in (0, 0, 210, 297)]),
            NameObject("/Resources"): DictionaryObject(),
        }
    )
    return writer._add_object(stream)


def resource(kind: str, name: str, make: Callable[[pypdf.PdfWriter], object], use: str) -> Change:
    """A resource beside those of the page, and its use at the end."""

    def change(writer: pypdf.PdfWriter) -> None:
        resources = writer.pages[0]["/Resources"]
        listed = resources.setdefault(NameObject(kind), DictionaryObject())
        listed[NameObject(name)] = make(writer)
        after(use)(writer)

    return change


def helvetica(writer: pypdf.PdfWriter) -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
