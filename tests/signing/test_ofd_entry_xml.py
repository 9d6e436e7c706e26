"""Picking elements out of a plain document finds what a parser finds, or leaves it to that."""

import io
import zipfile

import ofd_package
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing import ofd_entry_xml
from signing.errors import MalformedPackage
from signing.zip_package import ZipPackage

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SIGNATURES = "<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>"
PAGES = (
    '<ofd:Pages><ofd:Page ID="7" BaseLoc="a.xml"/><ofd:Page ID="11" BaseLoc="b.xml"/></ofd:Pages>'
)
INSIDE = "<ofd:DocRoot>a</ofd:DocRoot>"


def packed(parts: dict[str, str]) -> ZipPackage:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return ZipPackage(out.getvalue())


def entry_of(root: str) -> tuple[str, str]:
    found = ofd_entry_xml.read_entry(packed({"OFD.xml": root}))
    return found.signatures, found.document


def pages_of(document: str) -> list[str | None]:
    return ofd_entry_xml.page_ids(packed({"D.xml": document}), "D.xml")


@pytest.fixture
def no_parser(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the parser was asked")

    monkeypatch.setattr(ofd_entry_xml, "_parsed", refuse)


@pytest.mark.usefixtures("no_parser")
def test_a_plain_document_needs_no_parser():
    root = ofd_package.ROOT
    assert entry_of(root) == ("Doc_0/Signs/Signatures.xml", "Doc_0/Document.xml")
    assert pages_of(ofd_package.DOCUMENT) == ["7"]
    document = f"{HEAD}<ofd:Document {ofd_package.NS}>{PAGES}</ofd:Document>"
    assert pages_of(document) == ["7", "11"]


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        ("</ofd:DocInfo>", f"<!-- {INSIDE} --></ofd:DocInfo>"),
        ("</ofd:DocInfo>", f"<ofd:Title><![CDATA[{INSIDE}]]></ofd:Title></ofd:DocInfo>"),
        ("</ofd:DocInfo>", f"<?x {INSIDE}?></ofd:DocInfo>"),
        ("</ofd:DocInfo>", "<ofd:Title>xmlns</ofd:Title></ofd:DocInfo>"),
        ("<ofd:DocRoot>", '<ofd:DocRoot a="b">'),
        ("ofd:", "x:"),
        (SIGNATURES, "<ofd:Signatures> Doc_0/Signs/Signatures.xml\n</ofd:Signatures>"),
        (SIGNATURES, "<ofd:Signatures>Doc_0/Signs/&#83;ignatures.xml</ofd:Signatures>"),
        (HEAD, ""),
    ],
)  # fmt: skip
def test_any_other_document_is_parsed(find, replace):
    root = ofd_package.ROOT.replace(find, replace)
    if find == "ofd:":
        root = root.replace("xmlns:x:", "xmlns:").replace("xmlns:ofd", "xmlns:x")
    assert root != ofd_package.ROOT
    assert entry_of(root) == ("Doc_0/Signs/Signatures.xml", "Doc_0/Document.xml")


@pytest.mark.parametrize(
    "inside",
    [
        PAGES.replace("<ofd:Page ", '<ofd:Page Note="" ', 1),
        PAGES.replace("/>", "></ofd:Page>"),
        PAGES.replace("</ofd:Pages>", "<!-- none --></ofd:Pages>"),
        PAGES.replace("</ofd:Pages>", "\n</ofd:Pages>"),
    ],
)
def test_pages_in_any_other_form_are_parsed(inside):
    document = f"{HEAD}<ofd:Document {ofd_package.NS}>{inside}</ofd:Document>"
    assert pages_of(document) == ["7", "11"]


def test_pages_outside_the_list_of_pages_do_not_count():
    document = (
        f"{HEAD}<ofd:Document {ofd_package.NS}>{PAGES}"
        '<ofd:Extensions><ofd:Page ID="9" BaseLoc="c.xml"/></ofd:Extensions></ofd:Document>'
    )
    assert pages_of(document) == ["7", "11"]


def test_an_element_in_a_comment_names_nothing():
    for hidden in ("<!-- {} -->", "<ofd:Title><![CDATA[{}]]></ofd:Title>", "<?x {}?>"):
        named = "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        root = ofd_package.ROOT.replace(named, hidden.format(named))
        with pytest.raises(MalformedPackage, match="does not name its DocRoot"):
            entry_of(root)


def test_an_element_in_another_place_names_nothing():
    elsewhere = "<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocInfo>"
    root = ofd_package.ROOT.replace("</ofd:DocInfo>", elsewhere)
    assert entry_of(root) == ("Doc_0/Signs/Signatures.xml", "Doc_0/Document.xml")


PIECES = (
    SIGNATURES,
    "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>",
    "<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot>",
    "<ofd:DocRoot/>",
    "<ofd:DocInfo>",
    "</ofd:DocInfo>",
    "<ofd:DocBody>",
    "</ofd:DocBody>",
    "<ofd:Title>a &lt;ofd:DocRoot&gt; b</ofd:Title>",
    "<ofd:DocRootX>a/b</ofd:DocRootX>",
    "<!-- ",
    " -->",
    "<![CDATA[",
    "]]>",
    '<x:DocRoot xmlns:x="http://www.ofdspec.org/2016">a/b</x:DocRoot>',
    '<ofd:DocBody xmlns:ofd="other">',
)


@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_the_plain_way_and_the_parser_never_disagree(pieces):
    data = (
        f"{HEAD}<ofd:OFD {ofd_package.NS}><ofd:DocBody>{''.join(pieces)}</ofd:DocBody></ofd:OFD>"
    ).encode()
    plain = ofd_entry_xml._plain_entry(data)
    try:
        parsed = ofd_entry_xml._parsed_entry(data)
    except MalformedPackage:
        return  # not well-formed, or without what sealing needs: nobody can read it otherwise
    assert plain in (None, parsed)
