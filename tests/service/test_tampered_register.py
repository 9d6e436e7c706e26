"""Files as the real register knows them: by their digest, and not whatever its tables say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from log_world import tamper

from service import clock
from service.cancelling import cancel
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from verify import decide, proof
from verify.check import CheckState
from verify.register import Entry
from verify.verdict import Verdict, Word

RequestOf = Callable[..., Request]


@pytest.fixture
def entry(installation: Installation, request_of: RequestOf) -> Entry:
    return issue(installation, request_of("01")).entry


def ask(installation: Installation, data: bytes) -> Verdict:
    now = clock.now()
    return decide.file(
        data, register=installation.register, anchors=installation.anchors(), at=now, now=now
    )


def write(installation: Installation, statement: str) -> None:
    """What somebody writes who has the database in his hands."""
    tamper(installation.database, [statement])


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file may be examined whole."""

    def examined(*_: object) -> None:
        raise AssertionError("examined whole")

    monkeypatch.setattr(proof, "examined", examined)


@pytest.mark.usefixtures("unread")
def test_an_issued_pdf_is_valid_and_then_cancelled_without_being_read(
    installation: Installation, entry: Entry
) -> None:
    data = installation.documents.get(entry.pdf_sha256)
    assert ask(installation, data).verdict is Word.VALID
    cancel(installation, entry, reason="拆卸")
    assert ask(installation, data).verdict is Word.CANCELLED


def test_a_forged_files_digest_in_the_tables_makes_it_not_valid(
    installation: Installation, entry: Entry
) -> None:
    data = installation.documents.get(entry.pdf_sha256)
    forged = data.replace(b"/Producer", b"/Procuder", 1)
    digest = hashlib.sha256(forged).hexdigest()
    write(installation, f"UPDATE documents SET sha256 = '{digest}' WHERE kind = 'pdf'")
    verdict = ask(installation, forged)
    assert verdict.verdict is Word.UNKNOWN  # "the file that was issued", but nobody has signed it
    states = {check.id: check.state for check in verdict.checks}
    assert states["registered_bytes"] is CheckState.PASSED
    assert states["pdf_content"] is CheckState.FAILED


def test_a_genuine_files_digest_in_another_row_makes_it_not_valid(
    installation: Installation, entry: Entry, request_of: RequestOf
) -> None:
    data = installation.documents.get(entry.pdf_sha256)
    other = issue(installation, request_of("01", number=None, face__factory_number="X1")).entry
    moved = "UPDATE documents SET sha256 = '{}' WHERE sha256 = '{}'"
    write(installation, moved.format("0" * 64, entry.pdf_sha256))
    write(installation, moved.format(entry.pdf_sha256, other.pdf_sha256))
    assert ask(installation, data).verdict is Word.ALTERED


def test_other_values_in_a_row_are_told(installation: Installation, entry: Entry) -> None:
    data = installation.documents.get(entry.pdf_sha256)
    for column, value in (("number", "450100T(2024)0000002"), ("issued_on", "2030-01-01")):
        write(installation, f"UPDATE certificates SET {column} = '{value}'")
        assert ask(installation, data).verdict is Word.ALTERED
        write(installation, f"UPDATE certificates SET {column} = '{getattr(entry, column)}'")
        assert ask(installation, data).verdict is Word.VALID
    heavier = entry.dataset.replace(entry.face["model"].encode(), b"QTZ9999")
    write(installation, f"UPDATE certificates SET dataset = X'{heavier.hex()}'")
    verdict = ask(installation, data)
    assert verdict.verdict is Word.ALTERED
    assert [one.field for one in verdict.altered] == ["face.model"]


def test_a_record_dated_back_does_not_help_a_sound_file(
    installation: Installation, entry: Entry
) -> None:
    """Nothing of it is asked while the certificate holds."""
    data = installation.documents.get(entry.pdf_sha256)
    write(installation, "UPDATE documents SET created_at = '2020-01-01 00:00:00.000000'")
    assert ask(installation, data).verdict is Word.VALID
