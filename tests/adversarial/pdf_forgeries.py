"""What is done to our signed PDFs: by changing bytes, by updates behind them, by signing anew.

The attacks are those of the literature: universal signature forgery, incremental saving, signature
wrapping (Mladenov and others, 2019), evil annotation (2021), shadow attacks (Mainka and others,
2021); and those that an impostor with certificates of his own would try.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache

import altering_pdfs as altering
import certified_signers as signers
import genuine
import pypdf
import raised_pdfs as revisions
from cryptography.x509.oid import ExtendedKeyUsageOID
from pdf_impostors import (
    by,
    changed_and_signed_by_an_attacker,
    changed_and_signed_by_another_authority,
    foreign,
    nothing_but_the_page,
    own_root_brought_along,
    picture_and_no_signature,
    pinned,
    same_subject_and_serial,
    sha1,
)
from pdf_signed_again import certified, signed_twice
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject
from stage import Forgery

from renderer import pdf as pdf_writer
from signing import certificates, pades
from verify.verdict import Word

PAGE, TABLE_FONT, CONTENT, APPEARANCE = 3, 13, 16, 22
"""Numbers of objects in our files."""


# --- bytes ---------------------------------------------------------------------------------------


def flipped_in_the_page() -> bytes:
    data = genuine.genuine_pdf()
    return altering.flipped(data, (data.index(b"16 0 obj") + 200) * 8)


def flipped_in_the_signature() -> bytes:
    """In the last byte of the value itself, which the zeros of the padding follow."""
    value = altering.value_of(genuine.genuine_pdf()).rstrip(b"\0")
    return altering.with_value(value[:-1] + bytes([value[-1] ^ 1]))


def behind_the_end() -> bytes:
    return genuine.genuine_pdf() + b"\n% nothing to see here\n"


def junk_behind_the_value() -> bytes:
    value = altering.value_of(genuine.genuine_pdf()).rstrip(b"\0")
    return altering.with_value(value + b"\x30\x03\x02\x01\x01")


def value_of_another_file() -> bytes:
    other = genuine.sign_pdf(model="QTZ125")
    found = re.search(rb"/Contents<([0-9a-f]+)>", other)
    assert found is not None
    return altering.with_value(bytes.fromhex(found[1].decode()).rstrip(b"\0"))


# --- universal signature forgery: something is missing or is not what it should be ---------------


def renamed(old: bytes, new: bytes) -> Callable[[], bytes]:
    def make() -> bytes:
        data = genuine.genuine_pdf()
        assert len(old) == len(new)
        assert old in data
        return data.replace(old, new)

    return make


def with_range(text: str) -> Callable[[], bytes]:
    def make() -> bytes:
        data = genuine.genuine_pdf()
        found = re.search(rb"/ByteRange\[([0-9 ]+)\]", data)
        assert found is not None
        a, b, c = altering.byte_range(data)[1:]
        numbers = text.format(a=a, b=b, c=c).encode().ljust(len(found[1]))
        return data[: found.start(1)] + numbers + data[found.end(1) :]

    return make


def zeros_for_a_value() -> bytes:
    return altering.with_value(b"")


def null_for_a_value() -> bytes:
    start, end = altering.span()
    data = genuine.genuine_pdf()
    return data[: start - 1] + b"null".ljust(end - start + 2) + data[end + 1 :]


# --- signature wrapping: the second signed part is moved, something else lies in the gap ---------


def wrapped() -> bytes:
    """A second ByteRange names the signed tail where it is moved to, behind a forged one.

    The cross-reference table stands where the moved tail says that it does, and leads to a page
    with another content.
    """
    data = genuine.genuine_pdf()
    _, a, b, length = altering.byte_range(data)
    tail = data[b:]
    (table_at,) = map(int, re.findall(rb"startxref\n(\d+)\n", tail))
    _, end = altering.span()
    head = data[:end].rstrip(b"0") + b"0>"
    moved = table_at + 2_000
    head += b"/ByteRange[0 %d %d %d]>>\nendobj\n" % (a, moved, length)
    bodies = {number: _object(data, number) for number in (1, 2, 3)}
    new = revisions.size_of(data)
    bodies[PAGE] = bodies[PAGE].replace(b"/Contents 16 0 R", b"/Contents %d 0 R" % new)
    bodies[new] = b"<</Length 3>>\nstream\nq Q\nendstream"
    places = _places(data)
    for number, body in bodies.items():
        places[number] = len(head)
        head += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    head = head.ljust(table_at)
    assert len(head) == table_at
    head += b"xref\n0 %d\n0000000000 65535 f \n" % (new + 1)
    head += b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, new + 1))
    head += b"trailer\n<</Size %d/Root 1 0 R/Info 21 0 R>>\n" % (new + 1)
    return head.ljust(moved) + tail


def _places(data: bytes) -> dict[int, int]:
    """Where each object stands."""
    found = re.finditer(rb"(?:^|\n)(\d+) 0 obj\n", data)
    return {int(match[1]): match.start(1) for match in found}


def second_range_in_the_gap() -> bytes:
    """The padding of the value ends early; another ByteRange follows where nobody signed."""
    start, end = altering.span()
    data = genuine.genuine_pdf()
    extra = b">/ByteRange[0 10 20 30]/X<"
    value = data[start:end].rstrip(b"0")
    value += b"0" * (len(value) % 2)
    return data[:start] + value + extra + data[start + len(value) + len(extra) :]


# --- incremental updates -------------------------------------------------------------------------


def updated(change: Callable[[pypdf.PdfWriter], object], source=genuine.genuine_pdf):
    """The file that another program saves with a change behind ours."""

    def make() -> bytes:
        writer = pypdf.PdfWriter(io.BytesIO(source()), incremental=True)
        change(writer)
        target = io.BytesIO()
        writer.write(target)
        return target.getvalue()

    return make


def other_content(writer: pypdf.PdfWriter) -> None:
    stream = pypdf.generic.DecodedStreamObject()
    stream.set_data(b"BT /F2 20 Tf 100 500 Td <0001> Tj ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)


def note(subtype: str) -> Callable[[pypdf.PdfWriter], None]:
    def add(writer: pypdf.PdfWriter) -> None:
        annotation = {
            "/Type": NameObject("/Annot"),
            "/Subtype": NameObject(subtype),
            "/Rect": ArrayObject(map(FloatObject, (100, 500, 400, 560))),
            "/Contents": TextStringObject("QTZ125"),
            "/DA": TextStringObject("/Helv 12 Tf 0 g"),
        }
        writer.add_annotation(
            0, DictionaryObject({NameObject(k): v for k, v in annotation.items()})
        )

    return add


def script(writer: pypdf.PdfWriter) -> None:
    action = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")}
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject(key): value for key, value in action.items()}
    )


def one_more_page(writer: pypdf.PdfWriter) -> None:
    writer.add_blank_page(595, 842)


def another_data_set(writer: pypdf.PdfWriter) -> None:
    writer.add_attachment("certificate.json", b"{}")


def _object(data: bytes, number: int) -> bytes:
    found = re.search(rb"(?:^|\n)%d 0 obj\n(.*?)\nendobj\n" % number, data, re.DOTALL)
    assert found is not None, number
    return found[1]


def other_appearance() -> bytes:
    """The seal's picture is exchanged, as a seal of another authority would look."""
    drawing = b"1 0 0 rg 10 10 100 100 re f"
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 119.0551 119.0551]/Resources<<>>/Length %d>>"
        b"\nstream\n%s\nendstream" % (len(drawing), drawing)
    )
    return revisions.revision(genuine.genuine_pdf(), {APPEARANCE: form})


# --- shadow attacks: prepared before signing, turned over afterwards -----------------------------


@cache
def prepared() -> bytes:
    """Our signature on a page that a forger prepared: the content to come lies in it, unused."""
    file = pdf_writer.write(
        genuine.page(), genuine.document(), (genuine.data_set(),), genuine.slot()
    )
    assert file.hole is not None
    assert file.byte_range is not None
    shadow = b"<</Length 3>>\nstream\nq Q\nendstream"
    data = file.data
    size = revisions.size_of(data)
    added = b"%d 0 obj\n%s\nendobj\n" % (size, shadow)
    table = data.index(b"xref\n0 ", file.hole[1])
    start = table + len(added)
    rows = data[table:].replace(b"xref\n0 %d\n" % size, b"xref\n0 %d\n" % (size + 1))
    rows = rows.replace(b"trailer\n", b"%010d 00000 n \ntrailer\n" % table)
    rows = rows.replace(b"/Size %d" % size, b"/Size %d" % (size + 1))
    rows = re.sub(rb"startxref\n\d+", b"startxref\n%d" % start, rows)
    return pades.sign(
        data[:table] + added + rows, file.hole, file.byte_range, genuine.house().pdf_signer
    )


def shadow_hide_and_replace() -> bytes:
    """The page is turned to the content that was signed but never shown."""
    data = prepared()
    shadow = revisions.size_of(data) - 1
    page = _object(data, PAGE).replace(b"/Contents 16 0 R", b"/Contents %d 0 R" % shadow)
    return revisions.revision(data, {PAGE: page})


def shadow_replace() -> bytes:
    """A font is overwritten, so that the same text looks otherwise."""
    font = _object(genuine.genuine_pdf(), TABLE_FONT)
    return revisions.revision(
        genuine.genuine_pdf(), {TABLE_FONT: font.replace(b"/ToUnicode 12 0 R", b"")}
    )


def shadow_hide() -> bytes:
    """What lay over the page is taken away: the seal's annotation, here."""
    page = _object(genuine.genuine_pdf(), PAGE)
    return revisions.revision(
        genuine.genuine_pdf(), {PAGE: page.replace(b"/Annots[24 0 R]", b"/Annots[]")}
    )


def of(name: str, make: Callable[[], bytes], check: str, **more) -> Forgery:
    return Forgery("pdf", name, make, check, **more)


FORGERIES = [
    of("a bit of the page flipped", flipped_in_the_page, "pdf_content"),
    of("a bit of the signature flipped", flipped_in_the_signature, "pdf_signature"),
    of("bytes behind the end", behind_the_end, "pdf_whole_file"),
    of("junk behind the signature's DER", junk_behind_the_value, "pdf_whole_file"),
    of("the signature of another file", value_of_another_file, "pdf_content"),
    of("USF: no Contents", renamed(b"/Contents<", b"/Contints<"), "pdf_one_signature"),
    of("USF: Contents of zeros", zeros_for_a_value, "pdf_whole_file"),
    of("USF: Contents null", null_for_a_value, "readable", word=Word.UNREADABLE),
    of("USF: no ByteRange", renamed(b"/ByteRange[", b"/ByteRengx["), "pdf_one_signature"),
    of("USF: ByteRange of zeros", with_range("0 0 0 0"), "pdf_whole_file"),
    of("USF: ByteRange with a negative number", with_range("0 -1 {b} {c}"), "pdf_whole_file"),
    of("USF: ByteRange of the head only", with_range("0 {a} {b} 0"), "pdf_whole_file"),
    of("signature wrapping", wrapped, "readable", word=Word.UNREADABLE),
    of("a second ByteRange in the gap", second_range_in_the_gap, "readable", word=Word.UNREADABLE),
    of("content swapped by an update", updated(other_content), "pdf_single_revision"),
    of("a page added", updated(one_more_page), "pdf_page"),
    of("another data set attached", updated(another_data_set), "pdf_dataset"),
    of("evil annotation: free text", updated(note("/FreeText")), "pdf_page"),
    of("evil annotation: stamp", updated(note("/Stamp")), "pdf_page"),
    of("the seal's appearance replaced", other_appearance, "pdf_single_revision"),
    of("JavaScript on opening", updated(script), "pdf_active_content"),
    of("shadow: hide and replace", shadow_hide_and_replace, "pdf_single_revision"),
    of("shadow: replace a font", shadow_replace, "pdf_single_revision"),
    of("shadow: hide the seal", shadow_hide, "pdf_single_revision"),
    of("certified by another program", certified, "pdf_single_revision"),
    of("certified, content swapped", updated(other_content, certified), "pdf_single_revision"),
    of("certified, evil annotation", updated(note("/FreeText"), certified), "pdf_page"),
    of("two signatures", signed_twice, "pdf_one_signature"),
    of(
        "same subject and serial number",
        same_subject_and_serial,
        "pdf_certificate",
        anchors=pinned(),
    ),
    of("own root brought along", own_root_brought_along, "pdf_certificate", anchors=pinned()),
    of(
        "expired when it signed",
        by(ends=genuine.SIGNED - signers.DAY / 24),
        "pdf_certificate",
        anchors=pinned(),
    ),
    of(
        "wrong key usage",
        by(key_usage=signers.usage(key_encipherment=True)),
        "pdf_certificate",
        anchors=pinned(),
    ),
    of(
        "a TLS certificate of the same CA",
        by(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]),
        "pdf_certificate",
        anchors=pinned(),
    ),
    of(
        "any purpose",
        by(purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        "pdf_certificate",
        anchors=pinned(),
    ),
    of(
        "revoked",
        by(),
        "pdf_revocation",
        anchors=pinned(certificates.Revocation(4711, genuine.SIGNED - signers.DAY)),
    ),
    of("changed, signed by an attacker", changed_and_signed_by_an_attacker, "pdf_certificate"),
    of(
        "changed, signed by another authority",
        changed_and_signed_by_another_authority,
        "pdf_authority",
    ),
    of("the seal's picture, never signed", picture_and_no_signature, "pdf_whole_file"),
    of("no signature at all", nothing_but_the_page, "pdf_one_signature"),
    of("SHA-1", sha1, "pdf_algorithms"),
    of("a foreign PDF", foreign, "ours", word=Word.UNKNOWN),
]
