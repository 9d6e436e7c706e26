"""What the page shows, in the verdict: it makes `altered`, tells what, and never helps a forger."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import altering_pages
import genuine
import pypdf
import pytest
import raised_pdfs
from genuine_entry import entry
from shown_pages import crane

from verify import decide
from verify.check import Check, CheckState
from verify.presentation import OPERATOR, PUBLIC, View
from verify.register import Entry
from verify.shown import look
from verify.verdict import Verdict, Word

FILES = {"pdf": genuine.sign_pdf, "ofd": lambda **face: genuine.seal_ofd(genuine.plain_ofd(**face))}
CODE = genuine.code_of(genuine.DATASET)


class OneEntry:
    """A register of the genuine certificate."""

    def __init__(self, **changed: Any) -> None:
        self.entry = entry(**{"code": CODE, **changed})

    def by_license_id(self, license_id: str) -> Entry | None:
        return self.entry if license_id == self.entry.license_id else None

    def by_document(self, sha256: str) -> Entry | None:
        return self.entry if sha256 in (self.entry.pdf_sha256, self.entry.ofd_sha256) else None


def ask(data: bytes, register: Any, view: View = PUBLIC, **more: Any) -> Verdict:
    return decide.file(
        data,
        register=register,
        anchors=genuine.house().anchors,
        at=genuine.NOW,
        now=genuine.NOW,
        view=view,
        **more,
    )


def shown(verdict: Verdict) -> Check:
    return next(check for check in verdict.checks if check.id == "shown")


def named(verdict: Verdict) -> dict[str, str]:
    return {item.field: item.found for item in verdict.altered}


@pytest.mark.parametrize("data", [genuine.genuine_pdf(), genuine.genuine_ofd()], ids=list(FILES))
def test_the_registered_file_needs_no_look(data, monkeypatch):
    monkeypatch.delattr(look, "judge")
    verdict = ask(data, OneEntry())
    assert verdict.verdict is Word.VALID
    assert shown(verdict).state is CheckState.PASSED
    assert "原件" in shown(verdict).reason


@pytest.mark.parametrize("data", [genuine.genuine_pdf(), genuine.genuine_ofd()], ids=list(FILES))
def test_offline_the_page_is_looked_at(data):
    verdict = ask(data, None)
    assert shown(verdict).state is CheckState.PASSED
    assert not verdict.altered


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("register", [OneEntry(), None], ids=["online", "offline"])
def test_a_soundly_signed_page_that_shows_something_else_is_altered(kind, register):
    """Whoever holds the key can sign any page; the data set beside it gives him away."""
    verdict = ask(FILES[kind](model="QTZ800"), register)
    assert verdict.verdict is Word.ALTERED
    assert named(verdict) == {"face.model": "QTZ800"}
    assert shown(verdict).state is CheckState.FAILED
    assert "规格型号" in verdict.reason
    assert verdict.certificate is None or verdict.certificate["face"]


@pytest.mark.parametrize("kind", FILES)
def test_names_are_masked_for_the_public_and_not_for_the_operator(kind):
    data = FILES[kind](project_manager="李伪造")
    assert named(ask(data, OneEntry()))["face.project_manager"] == "李**"
    verdict = ask(data, OneEntry(), OPERATOR)
    assert named(verdict)["face.project_manager"] == "李伪造"


def test_a_name_that_was_moved_is_masked_where_it_stands_now():
    run = altering_pages.run_of("project_manager")
    data = altering_pages.changed(
        altering_pages.edited(
            "project_manager", lambda match: match[0].replace(f"{match[4]} Tm", "20 Tm")
        )
    )
    carried = crane().content.face["project_manager"]
    assert run.text == carried
    verdict = ask(data, None)
    assert verdict.verdict is Word.ALTERED
    assert carried not in str(verdict.as_json()["altered"])


def updated() -> bytes:
    """The genuine file with a page's drawing exchanged by an appended update."""
    writer = pypdf.PdfWriter(io.BytesIO(genuine.genuine_pdf()), incremental=True)
    altering_pages.edited("factory_number", "")(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_what_an_update_did_to_a_signed_file_is_told():
    verdict = ask(updated(), OneEntry())
    assert verdict.verdict is Word.ALTERED
    assert named(verdict) == {"face.factory_number": ""}
    assert "出厂编号" in verdict.reason
    assert {"pdf_single_revision", "shown"} <= {
        check.id for check in verdict.checks if check.state is CheckState.FAILED
    }


def test_a_broken_signature_over_a_page_that_shows_the_truth_stays_altered():
    data = genuine.genuine_pdf()
    start = data.index(b"/Reason")
    verdict = ask(data[:start] + b"/Rfason" + data[start + 7 :], OneEntry())
    assert verdict.verdict is Word.ALTERED
    assert not verdict.altered


def test_a_code_that_leads_elsewhere_with_our_signature_is_found_by_the_register():
    digits = CODE.rpartition("/")[2]
    elsewhere = f"HTTPS://SEALPRESS.EXAMPLE.EVIL/V/{digits}"
    data = genuine.sign_pdf()
    assert shown(ask(data, None)).state is CheckState.PASSED
    verdict = ask(data, OneEntry(pdf_sha256="0" * 64, code=elsewhere))
    assert shown(verdict).state is CheckState.FAILED
    assert named(verdict)["code"].startswith("HTTPS://SEALPRESS.EXAMPLE/V/")


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_proof_added_later_changes_nothing_that_is_shown(level):
    verdict = ask(raised_pdfs.raised(level), None)
    assert shown(verdict).state is CheckState.PASSED, verdict.altered


def test_a_file_that_is_no_certificate_has_no_page_to_judge():
    data = genuine.sign_pdf(attachments=())
    verdict = ask(data, None)
    assert shown(verdict).state is CheckState.NOT_CHECKED


def test_an_unexpected_error_fails_the_check(monkeypatch):
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(look, "_as_written", broken)
    verdict = ask(genuine.genuine_pdf(), None)
    assert shown(verdict).state is CheckState.FAILED
    assert verdict.verdict is Word.ALTERED


def test_a_registered_file_whose_signer_fell_is_still_not_altered():
    later = genuine.NOW + timedelta(days=40_000)
    verdict = decide.file(
        genuine.genuine_pdf(),
        register=OneEntry(),
        anchors=genuine.house().anchors,
        at=later,
        now=later,
    )
    assert verdict.verdict is Word.UNKNOWN
    assert shown(verdict).state is CheckState.PASSED
