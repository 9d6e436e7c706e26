"""Plain ZIP tools accept the OFD, and a plain XML reader finds every value in its text."""

import zipfile
from pathlib import Path

import pytest
from lxml import etree

from .altered_ofd import OFD
from .issued import Issued
from .programs import need, run

pytestmark = pytest.mark.interop


def test_unzip_accepts_the_package(certificate: Issued) -> None:
    need("unzip")
    assert "No errors detected" in run("unzip", "-t", certificate.ofd).stdout


def test_python_accepts_the_package_and_finds_no_name_twice(certificate: Issued) -> None:
    with zipfile.ZipFile(certificate.ofd) as package:
        assert package.testzip() is None
        names = package.namelist()
    assert len(names) == len(set(names))
    assert "OFD.xml" in names


def test_jar_lists_the_package_as_python_does(certificate: Issued) -> None:
    need("jar")
    with zipfile.ZipFile(certificate.ofd) as package:
        names = package.namelist()
    assert run("jar", "-tf", certificate.ofd).stdout.splitlines() == names


def text_codes(ofd: Path) -> str:
    """All TextCode of the page contents, in the order of the files."""
    with zipfile.ZipFile(ofd) as package:
        contents = [n for n in package.namelist() if n.endswith("/Content.xml")]
        pages = [etree.fromstring(package.read(name)) for name in sorted(contents)]
    return "".join(
        code.text or "" for page in pages for code in page.iterfind(".//ofd:TextCode", OFD)
    )


def test_every_value_is_in_the_text_codes(certificate: Issued) -> None:
    assert certificate.missing_from(text_codes(certificate.ofd)) == []


def test_rare_characters_stand_in_the_text_as_themselves(certificates: dict[str, Issued]) -> None:
    text = text_codes(certificates["04-rare-characters-long-text"].ofd)
    assert "张𬱖䶮" in text
    assert "㛃山𠮷" in text
