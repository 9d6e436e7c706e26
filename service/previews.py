"""Previews of what was issued: composed anew from the register, marked across, never signed."""

from __future__ import annotations

from renderer import pdf
from renderer.compose import Content
from renderer.layout import load
from renderer.raster import page_png
from service import press
from service.installation import Installation
from service.issuing import state_now
from verify.register import Entry


def png(installation: Installation, entry: Entry) -> bytes:
    """A picture of the certificate as PNG: 样本 across it, 已注销 once it is cancelled."""
    layout = load(entry.type, entry.layout_version)
    content = Content(entry.number, entry.authority_name, entry.issued_on, entry.face)
    code = entry.platform_code or installation.register.code_of(entry.license_id)
    cancelled = state_now(entry) == "cancelled"
    page = press.preview(layout, content, code, press.CANCELLED if cancelled else press.SAMPLE)
    return page_png(pdf.write(page, press.preview_info(layout, content)).data)
