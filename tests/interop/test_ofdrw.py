"""ofdrw reads the OFD, calls its seal valid, and calls it invalid when any part is changed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def changed(name: str, data: bytes) -> bytes:
    """The least change: a line end after XML, so that it still parses; elsewhere one bit."""
    return data + b"\n" if name.endswith(".xml") else data[:-1] + bytes([data[-1] ^ 1])


def with_each_part_changed(ofd: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copies of a package that differ from it in one part each, with the part's name."""
    with zipfile.ZipFile(ofd) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for number, part in enumerate(parts):
        copy = folder / f"{number}.ofd"
        with zipfile.ZipFile(copy, "w") as package:
            for name, data in parts.items():
                package.writestr(name, changed(name, data) if name == part else data)
        yield part, copy


def test_ofdrw_calls_the_seal_invalid_whatever_part_is_changed(
    certificates: dict[str, Issued], ofdrw: Ofdrw, tmp_path: Path
) -> None:
    ofd = certificates["01-tower-crane"].ofd
    verdicts = {
        part: ofdrw.validate(copy)["verdict"]
        for part, copy in with_each_part_changed(ofd, tmp_path)
    }
    assert len(verdicts) >= 10, "the parts of a sealed certificate with fonts and attachment"
    assert [part for part, verdict in verdicts.items() if verdict != "INVALID"] == []


def test_ofdrw_still_calls_a_repacked_package_valid(
    certificates: dict[str, Issued], ofdrw: Ofdrw, tmp_path: Path
) -> None:
    """The control of the test above: it is the change that counts, not the packing."""
    copy = tmp_path / "repacked.ofd"
    ofd = certificates["01-tower-crane"].ofd
    with zipfile.ZipFile(ofd) as package, zipfile.ZipFile(copy, "w") as repacked:
        for name in package.namelist():
            repacked.writestr(name, package.read(name))
    assert ofdrw.validate(copy)["verdict"] == "VALID"
