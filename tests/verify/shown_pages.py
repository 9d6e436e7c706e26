"""Pages of every layout as files, and what looking at them tells.

The files are not signed: what a page shows is judged apart from that, and these tests are many.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import genuine

from renderer import compose, layout, ofd, overprint, pdf
from renderer.attachment import Attachment
from renderer.info import DocumentInfo
from renderer.layout import Layout
from renderer.page import Page
from renderer.pdf_signature import SignatureSlot
from verify import dataset, ofd_package, pdf_file
from verify.check import CheckState, Examination
from verify.fault import Fault
from verify.shown import look
from verify.shown.outcome import Shown

SAMPLES = Path(__file__).parent.parent / "samples"
LAYOUTS = [(name, version) for name in layout.available() for version in layout.versions(name)]
KINDS = ("pdf", "ofd")


@dataclass(frozen=True)
class Certificate:
    """A certificate's layout, content and data set."""

    layout: Layout
    content: compose.Content
    carried: bytes

    @property
    def code(self) -> str:
        return genuine.code_of(self.carried)

    def page(
        self, *, development: bool = False, codes: tuple[str, ...] | None = None, **face: str
    ) -> Page:
        """Its page; named values replace those of the face, and number, authority, issued_on."""
        outside = {
            key: face.pop(key) for key in ("number", "authority", "issued_on") if key in face
        }
        content = replace(self.content, face={**self.content.face, **face}, **outside)
        return compose.compose(
            self.layout,
            content,
            [compose.Code(text) for text in ((self.code,) if codes is None else codes)],
            watermark=overprint.SAMPLE if development else None,
            notice=overprint.DEVELOPMENT_NOTICE if development else None,
        )

    def file(self, kind: str, page: Page | None = None) -> bytes:
        """A file of that page, of its own by default, with its data set in it."""
        page = self.page() if page is None else page
        info = DocumentInfo("t", self.content.number, "", self.content.authority, "2024-09-20")
        carried = (Attachment("certificate.json", self.carried, "application/json", "数据集"),)
        if kind == "ofd":
            return ofd.write(page, info, carried, to_be_sealed=True)
        place = self.layout.seal
        assert place is not None
        centre = (place.x, place.y, place.diameter)
        slot = SignatureSlot(genuine.house().art, centre, genuine.SIGNED, "n", "r")
        return pdf.write(page, info, carried, slot).data

    def looked_at(self, kind: str, data: bytes) -> Shown:
        """What looking at a file tells, with nothing else of it known; opened already, the same."""
        found, anchors = dataset.parse(self.carried), genuine.house().anchors
        examination = Examination(kind, readable=True, ours=True, checks=(), dataset=self.carried)
        shown = look.judge(examination, data, found, anchors)
        opened = _opened(kind, data)
        if opened is not None:
            again = look.judge(replace(examination, opened=opened), data, found, anchors)
            assert again == shown
        return shown


def _opened(kind: str, data: bytes) -> object:
    """The file as its reader opens it; None where it does not, or has several revisions."""
    try:
        if kind == "ofd":
            return ofd_package.read(data)
        file = pdf_file.open_file(data)
    except Fault:
        return None
    return file if file.revisions == 1 else None


@cache
def certificate(name: str, version: str) -> Certificate:
    """The sample of a layout."""
    form = layout.load(name, version)
    return of_request(form, {"number": "450100T(2024)0000001", **layout.sample(form)})


@cache
def crane() -> Certificate:
    """The certificate that the genuine files are of."""
    form = layout.load("crane-use-registration", "C0330-2023")
    request = json.loads((SAMPLES / "01-tower-crane.json").read_text("utf-8"))
    return replace(of_request(form, request), carried=genuine.DATASET)


def of_request(form: Layout, request: dict[str, Any]) -> Certificate:
    content = compose.Content(
        number=request["number"],
        authority=request["authority"]["name"],
        issued_on=request["issued_on"],
        face=request["face"],
    )
    carried = dataset.build(
        type=form.id,
        layout_version=form.version,
        license_id="1.2.156.3005.2.1",
        number=content.number,
        version=1,
        authority=request["authority"],
        holder=request["holder"],
        issued_on=content.issued_on,
        face=content.face,
        status_index=7,
    )
    return Certificate(form, content, carried)


def told(shown: Shown) -> dict[str, tuple[str, str]]:
    """What differs: by field, what was signed and what was found."""
    assert (shown.check.state is CheckState.FAILED) == bool(shown.altered)
    return {item.field: (item.signed, item.found) for item in shown.altered}
