"""`sealpress render`: an unsigned preview, marked 样本, in any of the formats."""

from __future__ import annotations

import argparse

from renderer import ofd, pdf, svg
from service import checking, press, request
from service.files import read_at_most, write_whole


def run(options: argparse.Namespace) -> int:
    """Check the request and draw it; nothing is reserved, signed or recorded."""
    posted = request.read(read_at_most(options.request, request.MAX_REQUEST_BYTES))
    checked = checking.check(posted)
    content = checked.content()
    page = press.preview(checked.layout, content)
    info = press.preview_info(checked.layout, content)
    if options.format == "svg":
        data = svg.write(page)
    elif options.format == "ofd":
        data = ofd.write(page, info)
    else:
        data = pdf.write(page, info).data
        if options.format == "png":
            from renderer.raster import page_png

            data = page_png(data)
    write_whole(options.out, data)
    print(options.out)
    return 0
