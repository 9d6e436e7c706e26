"""`sealpress layout`: whether a layout's folder is right, and what it looks like."""

from __future__ import annotations

import argparse
import dataclasses

from renderer import layout, millimetres, pdf, shapes
from renderer.compose import Code, compose
from renderer.errors import Refused
from renderer.layout import Layout
from renderer.page import Frame, Mark, Page, Path, Stroke
from service import checking, layout_checking, press
from service.files import write_whole
from service.report import EXIT_FAILED
from service.schema_check import request_problems

PLACE_WIDTH = 0.15
"""mm of the rings that show the places of seal and emblem."""


def run(options: argparse.Namespace) -> int:
    """Check or draw; 1 where the layout has mistakes."""
    return _check(options) if options.action == "check" else _show(options)


def _check(options: argparse.Namespace) -> int:
    """Print every mistake in a folder, one line each."""
    found = layout_checking.mistakes(options.folder)
    for mistake in found:
        print(mistake)
    if not found:
        print(f"{options.folder}: 无误 (no mistakes)")
    return EXIT_FAILED if found else 0


def _show(options: argparse.Namespace) -> int:
    """Draw the sample, marked 样本, over a millimetre grid and with every code place filled."""
    form = layout.read(options.folder)
    problems, _ = checking.looked_at(form.example, form, request_problems(form.example))
    if problems:
        raise Refused(problems)
    content = checking.content_of(
        form.example, str(form.example.get("number") or checking.UNNUMBERED)
    )
    own, *others = [layout_checking.LONGEST_CODE, *[press.PREVIEW_CODE] * len(form.geometry.codes)]
    page = compose(
        form,
        content,
        [Code(own), *map(Code, others)][: len(form.geometry.codes)],
        watermark=press.SAMPLE,
        notice=press.PREVIEW_NOTICE,
    )
    drawn = pdf.write(_measurable(form, page), press.preview_info(form, content))
    write_whole(options.out, drawn.data)
    print(options.out)
    return 0


def _measurable(form: Layout, page: Page) -> Page:
    """The page with the grid under its marks, and rings where seal and emblem go."""
    rings: list[Mark] = [
        Path(
            shapes.circle(place.x, place.y, place.diameter / 2),
            stroke=Stroke(millimetres.COLOUR, PLACE_WIDTH),
        )
        for place in (form.seal, form.geometry.emblem)
        if place is not None
    ]
    under = (*millimetres.grid(page.width, page.height), *rings)
    return dataclasses.replace(page, frame=Frame((*under, *page.frame.marks)))
