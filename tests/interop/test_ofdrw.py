"""ofdrw reads the OFD, calls its seal valid, and calls it invalid when any part is changed."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from .altered_ofd import copied
from .asking_ofdrw import Ofdrw
from .issued import Issued
from .pictures import PAGE

pytestmark = pytest.mark.interop


def test_ofdrw_calls_the_seal_valid(certificate: Issued, ofdrw: Ofdrw) -> None:
    assert ofdrw.validate(certificate.ofd)["verdict"] == "VALID"


def test_ofdrw_finds_the_page_the_seal_and_the_data(certificate: Issued, ofdrw: Ofdrw) -> None:
    info = ofdrw.info(certificate.ofd)
    assert info["pages"] == 1
    assert (info["width"], info["height"]) == PAGE
    assert info["signatures"] == 1
    assert certificate.request["authority"]["name"] in info["seals"][0]["name"]
    assert info["attachments"] == ["certificate.json"]


def test_ofdrw_draws_with_the_embedded_fonts_alone(certificate: Issued, ofdrw: Ofdrw) -> None:
    fonts = ofdrw.info(certificate.ofd)["fonts"]
    assert fonts
    assert [font["name"] for font in fonts if not font["embedded"]] == []


def test_ofdrw_reads_every_value(certificate: Issued, ofdrw: Ofdrw) -> None:
    assert certificate.missing_from(ofdrw.text(certificate.ofd)) == []


def one_changed(part: str) -> Callable[[str, bytes], bytes]:
    """The least change to one part: a line end after XML, so that it still parses, or one bit."""

    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        return data + b"\n" if name.endswith(".xml") else data[:-1] + bytes([data[-1] ^ 1])

    return change


def test_ofdrw_calls_the_seal_invalid_whatever_part_is_changed(
    certificates: dict[str, Issued], ofdrw: Ofdrw, tmp_path: Path
) -> None:
    ofd = certificates["01-tower-crane"].ofd
    with zipfile.ZipFile(ofd) as package:
        parts = package.namelist()
    assert len(parts) >= 10, "the parts of a sealed certificate with fonts and attachment"
    for part in parts:
        copy = copied(ofd, tmp_path / "a.ofd", one_changed(part))
        assert ofdrw.validate(copy)["verdict"] == "INVALID", part


def test_ofdrw_still_calls_a_repacked_package_valid(
    certificates: dict[str, Issued], ofdrw: Ofdrw, tmp_path: Path
) -> None:
    """The control of the test above: it is the change that counts, not the packing."""
    ofd = certificates["01-tower-crane"].ofd
    copy = copied(ofd, tmp_path / "a.ofd", lambda _name, data: data)
    assert ofdrw.validate(copy)["verdict"] == "VALID"
