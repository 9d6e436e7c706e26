"""Pages from the samples, and what goes into their files: shared by the tests of the writers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path as File
from typing import Any

from renderer import compose, layout
from renderer.attachment import Attachment
from renderer.info import DocumentInfo
from renderer.page import Artwork, Frame, Page, Path, Stroke, TextRun
from renderer.pdf_signature import SignatureSlot
from renderer.seal_art import SealArt

SAMPLES = File(__file__).parent.parent / "samples"
ORDINARY, RARE = "01-tower-crane", "04-rare-characters-long-text"

SIGNED_AT = datetime(2024, 12, 1, 1, 2, 3, tzinfo=UTC)
RED = (217, 26, 26)
CODE = "HTTPS://CERT.EXAMPLE/V/" + "0123456789" * 30


@cache
def request(name: str) -> Mapping[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def face(name: str) -> Mapping[str, str]:
    return request(name)["face"]


@cache
def page(name: str) -> Page:
    asked = request(name)
    content = compose.Content(
        asked["number"], asked["authority"]["name"], asked["issued_on"], asked["face"]
    )
    return compose.compose(layout.load(asked["type"]), content, [compose.Code(CODE)])


def shown(name: str) -> dict[str, str]:
    """What the page shows of each field, as `compose` set it."""
    values: dict[str, str] = {}
    for mark in page(name).marks:
        if isinstance(mark, TextRun) and mark.field is not None:
            values[mark.field] = values.get(mark.field, "") + mark.text
    return values


def info(name: str) -> DocumentInfo:
    asked = request(name)
    return DocumentInfo(
        title="建筑起重机械使用登记证书",
        number=asked["number"],
        license_id="1.2.156.3005.2.TEST",
        authority=asked["authority"]["name"],
        issued_on=asked["issued_on"],
        fields={"设备类别": "塔式起重机", "规格 & <型号>": '"QTZ80" & <b>'},
    )


def attachments(name: str) -> list[Attachment]:
    data = json.dumps(face(name), ensure_ascii=False).encode()
    return [Attachment("certificate.json", data, "application/json", "签名数据集")]


def seal() -> SealArt:
    ring = (
        *(("M", 41.0, 21.0), ("B", 41.0, 47.0, 1.0, 47.0, 1.0, 21.0)),
        *(("B", 1.0, -5.0, 41.0, -5.0, 41.0, 21.0), ("C",)),
    )
    star = (("M", 21.0, 14.0), ("L", 25.0, 27.0), ("L", 15.0, 19.0), ("C",))
    return SealArt("某市某局", 42.0, (Path(ring, Stroke(RED, 1.1)), Path(star, fill=RED)))


def slot(**changes: Any) -> SignatureSlot:
    values = {
        "art": seal(),
        "place": (158.0, 233.0, 42.0),
        "signed_at": SIGNED_AT,
        "name": "某市某局",
        "reason": "签发 /Contents<00> [1 2]",
    }
    return SignatureSlot(**(values | changes))


def bare_page(*marks: Path | TextRun) -> Page:
    """A page with the fonts of the sample and nothing on it but `marks`."""
    fonts = page(RARE).fonts
    return Page(210.0, 297.0, Artwork(()), Frame(()), marks, fonts)


def run_of(text: str) -> TextRun:
    """A run of some text, under glyph ids that the sample's fonts have."""
    glyphs = tuple(range(1, len(text) + 1))
    offsets = tuple(float(4 * at) for at in range(len(text)))
    return TextRun("a<b", text, "serif", 4.0, 20.0, 30.0, glyphs, offsets, (0, 0, 0), 9.0)
