"""`sealpress render`: an unsigned preview, marked 样本, in any of the formats."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from renderer import ofd, pdf, svg
from renderer.explain import Explanation, FontUse, explain
from renderer.page import Page
from service import checking, press, request, settings
from service.checking import Checked
from service.files import read_at_most, write_whole
from service.report import EXIT_USAGE


def run(options: argparse.Namespace) -> int:
    """Check the request and draw it; nothing is reserved, signed or recorded."""
    mistake = _mistake(options)
    if mistake:
        print(f"sealpress render: {mistake}", file=sys.stderr)
        return EXIT_USAGE
    home = settings.home_folder()
    if (home / "config.toml").exists():  # a preview makes no installation, but keeps to its fonts
        settings.load(home).use_fonts()
    checked = checking.check(request.read(read_at_most(options.request, request.MAX_REQUEST_BYTES)))
    page = press.preview(checked.layout, checked.content())
    if options.out:
        write_whole(options.out, _written(options.format, page, checked))
        print(options.out, file=sys.stderr if options.json else sys.stdout)
    if options.explain:
        _tell(explain(checked.layout, page), as_json=options.json)
    return 0


def _mistake(options: argparse.Namespace) -> str | None:
    """What is wrong with the options together; None if nothing is."""
    if (options.format is None) != (options.out is None):
        return "--format and --out need each other"
    if options.out is None and not options.explain:
        return "give --format and --out, or --explain"
    if options.json and not options.explain:
        return "--json needs --explain"
    return None


def _written(kind: str, page: Page, checked: Checked) -> bytes:
    info = press.preview_info(checked.layout, checked.content())
    if kind == "svg":
        return svg.write(page)
    if kind == "ofd":
        return ofd.write(page, info)
    data = pdf.write(page, info).data
    if kind == "pdf":
        return data
    from renderer.raster import page_png

    return page_png(data)


def _tell(explanations: tuple[Explanation, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(one) for one in explanations], ensure_ascii=False))
        return
    for one in explanations:
        key = f" ({one.field})" if one.field else ""
        sizes = "/".join(f"{size:g}" for size in one.sizes)
        fonts = "；".join(_told(use) for use in one.fonts)
        print(f"{one.label}{key}: {sizes}磅 {one.lines}行 {fonts}")


def _told(use: FontUse) -> str:
    """A font; what it drew in the place of another one is listed."""
    if not use.fallback:
        return use.family
    drawn = "、".join(f"{c} U+{ord(c):04X}" for c in use.characters)
    return f"后备字体 {use.family} [{use.file}] 绘制 {drawn}"
