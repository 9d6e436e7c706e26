"""Whatever is added to a signed PDF, or made of it anew, some check that is about it says so."""

from __future__ import annotations

import asyncio
import io
import socket

import genuine
import pypdf
import pytest
from altering_pdfs import (
    examined,
    failed,
    no_accidents,  # noqa: F401 - the fixture all tests here use
    not_passed,
)
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from verify.check import CheckState
from verify.verdict import all_passed

pytestmark = pytest.mark.usefixtures("no_accidents")


def test_a_genuine_file_passes_every_check():
    examination = examined(genuine.genuine_pdf())
    assert all_passed(examination.checks)
    assert all(check.state is CheckState.PASSED for check in examination.checks)
    assert examination.readable
    assert examination.ours
    assert examination.kind == "pdf"
    assert examination.dataset == genuine.DATASET
    assert examination.signed_at == genuine.SIGNED
    assert genuine.NAME in (examination.signer or "")


def test_pyhanko_agrees_about_the_genuine_file():
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    anchors = genuine.house().anchors
    reader = PdfFileReader(io.BytesIO(genuine.genuine_pdf()))
    context = ValidationContext(
        trust_roots=[_asn1(root) for root in anchors.pdf_roots],
        crls=list(anchors.pdf_crls),
        revocation_mode="require",
        moment=genuine.NOW,
    )
    (signature,) = reader.embedded_signatures
    status = asyncio.run(async_validate_pdf_signature(signature, context))
    assert status.bottom_line
    assert status.modification_level.name == "NONE"


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert all_passed(examined(genuine.genuine_pdf()).checks)


def appended(change) -> bytes:
    """The genuine file with an incremental update by pypdf."""
    writer = pypdf.PdfWriter(io.BytesIO(genuine.genuine_pdf()), incremental=True)
    change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


# --- incremental updates -------------------------------------------------------------------------


def text_note(_writer):
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FreeText"),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (100, 500, 400, 560))),
            NameObject("/Contents"): TextStringObject("QTZ125"),
            NameObject("/DA"): TextStringObject("/Helv 12 Tf 0 g"),
        }
    )


def add_note(writer):
    writer.add_annotation(0, text_note(writer))


def add_script(writer):
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")}
    action = DictionaryObject({NameObject(key): value for key, value in script.items()})
    writer._root_object[NameObject("/OpenAction")] = action


def add_page(writer):
    writer.add_blank_page(595, 842)


def swap_content(writer):
    writer.pages[0][NameObject("/Contents")] = writer._add_object(
        pypdf.generic.DecodedStreamObject()
    )


def add_file(writer):
    writer.add_attachment("certificate.json", b"{}")


def set_title(writer):
    writer.add_metadata({"/Title": "another"})


@pytest.mark.parametrize(
    ("change", "about"),
    [
        (add_note, "pdf_page"),
        (add_script, "pdf_active_content"),
        (add_page, "pdf_page"),
        (swap_content, "pdf_single_revision"),
        (add_file, "pdf_dataset"),
        (set_title, "pdf_single_revision"),
    ],
)
def test_an_incremental_update_is_noticed_and_what_it_does_is_named(change, about):
    reasons = failed(appended(change))
    assert reasons >= {about, "pdf_single_revision", "pdf_whole_file"}


def test_an_update_by_pyhanko_is_noticed():
    target = io.BytesIO(genuine.genuine_pdf())
    writer = IncrementalPdfFileWriter(target)
    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()
    writer.write_in_place()
    assert failed(target.getvalue()) >= {"pdf_single_revision", "pdf_whole_file"}


def test_a_second_signature_is_noticed():
    """An attacker adds a page's worth of change and signs the whole again."""
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    house = genuine.house()
    signer = signers.SimpleSigner(
        signing_cert=_asn1(house.other_pdf_signer.certificate),
        signing_key=_private_key(house.folder, genuine.OTHER_USCC),
        cert_registry=SimpleCertificateStore(),
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(genuine.genuine_pdf()))
    out = signers.sign_pdf(
        writer,
        signers.PdfSignatureMetadata(field_name="Second", subfilter=_pades()),
        signer=signer,
    )
    assert failed(out.getvalue()) >= {"pdf_one_signature", "pdf_single_revision"}


def _pades():
    from pyhanko.sign.fields import SigSeedSubFilter

    return SigSeedSubFilter.PADES


def _asn1(certificate):
    from asn1crypto import x509

    return x509.Certificate.load(certificate)


def _private_key(folder, uscc):
    from asn1crypto import pem
    from asn1crypto.keys import PrivateKeyInfo

    content = (folder / "authorities" / uscc / "pdf.key").read_bytes()
    return PrivateKeyInfo.load(pem.unarmor(content)[2])


# --- whole files made anew -----------------------------------------------------------------------


def test_a_file_written_anew_by_another_program_is_noticed():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(genuine.genuine_pdf()))
    target = io.BytesIO()
    writer.write(target)
    assert not_passed(target.getvalue()) >= {"pdf_whole_file"}


def test_an_unsigned_copy_with_the_seal_as_a_picture_is_noticed():
    from renderer import pdf as pdf_writer

    file = pdf_writer.write(genuine.page(), genuine.document(), (genuine.data_set(),))
    examination = examined(file.data)
    assert examination.ours
    assert "pdf_one_signature" in failed(file.data)


def test_a_slot_that_was_never_signed_is_noticed():
    from renderer import pdf as pdf_writer

    file = pdf_writer.write(
        genuine.page(), genuine.document(), (genuine.data_set(),), genuine.slot()
    )
    assert "pdf_whole_file" in failed(file.data)


def test_a_foreign_pdf_is_not_ours():
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    target = io.BytesIO()
    writer.write(target)
    examination = examined(target.getvalue())
    assert examination.readable
    assert not examination.ours
    assert examination.dataset is None


def test_our_signature_without_a_data_set_is_still_ours():
    data = genuine.sign_pdf(attachments=())
    assert examined(data).ours
    assert failed(data) == {"pdf_dataset"}
    assert not_passed(data) == {"pdf_dataset", "pdf_authority"}


@pytest.mark.parametrize(
    "attachments",
    [
        (genuine.data_set(), genuine.data_set(b'{"number":"y"}')),
        (genuine.data_set(bytes(70_000)),),
        (genuine.data_set(name="other.json"),),
    ],
    ids=["twice", "too long", "another name"],
)
def test_a_data_set_that_is_not_there_once_is_noticed(attachments):
    assert failed(genuine.sign_pdf(attachments=attachments)) >= {"pdf_dataset"}


def test_the_signature_of_another_authority_is_noticed():
    assert failed(genuine.sign_pdf(genuine.house().other_pdf_signer)) == {"pdf_authority"}


def test_an_encrypted_pdf_is_unreadable():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(genuine.genuine_pdf()))
    writer.encrypt("secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    examination = examined(target.getvalue())
    assert not examination.readable
    assert "encrypted" in examination.checks[0].reason
