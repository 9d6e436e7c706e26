"""A PDF that the register has to the byte is known by its digest, and judged where it must be.

Quick is only what passes. Whatever does not hold makes it a file like any other, examined whole; so
the tests look at both: what the verdict is, and whether the file had to be read for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import certified_signers as signers
import genuine
import pytest
import raised_pdfs as raised
import rsa_signers
from altering_pdfs import flipped
from hypothesis import example, given
from hypothesis import strategies as st
from raised_pdfs import DAY, MINUTE, NOW, SIGNED

from signing.certificates import Revocation
from signing.trust import TrustAnchors
from verify import decide, file_digests, issued_pdf, key_life, pdf_checks, proof
from verify.check import CheckState, Examination
from verify.presentation import OPERATOR
from verify.verdict import Verdict, Word

END = NOW + DAY
LATER = NOW + 400 * DAY


@cache
def file_of(carried: bytes, level: str = "B-B") -> bytes:
    """The crane's file, by a signer whose certificate ends a day after NOW."""
    return raised.raised(level, signers.certificate(ends=END), carried=carried)


@pytest.fixture
def issued(world: Any) -> Any:
    """A world with that file in its register, recorded a minute after it was signed."""
    return enter(world, file_of(world.crane.dataset))


def enter(world: Any, data: bytes, **facts: Any) -> Any:
    """Whoever may write into the register has it say that these bytes were issued."""
    digest = hashlib.sha256(data).hexdigest()
    known = {"pdf_sha256": digest, "recorded_at": SIGNED + MINUTE}
    world.change(world.register.entries[0], **(known | facts))
    return world


def ask(world: Any, data: bytes, at: datetime = NOW, **pinned: Any) -> Verdict:
    return decide.file(
        data,
        register=world.register,
        anchors=raised.anchors(at, **pinned),
        at=at,
        now=at,
        view=OPERATOR,
    )


def state(verdict: Verdict, name: str) -> CheckState:
    return next(check.state for check in verdict.checks if check.id == name)


def reason(verdict: Verdict, name: str) -> str:
    return next(check.reason for check in verdict.checks if check.id == name)


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[datetime | None]:
    """A note of each file that was examined whole: the proof of time that it was examined with."""
    made: list[datetime | None] = []
    whole = proof.examined

    def examined(
        data: bytes,
        anchors: TrustAnchors,
        now: datetime,
        recorded_at: datetime | None = None,
        as_issued: bool = False,
    ) -> Examination:
        made.append(recorded_at)
        return whole(data, anchors, now, recorded_at, as_issued)

    monkeypatch.setattr(proof, "examined", examined)
    return made


# --- what is known -------------------------------------------------------------------------------


def test_an_issued_file_is_valid_without_being_read(issued: Any, read_whole: list[Any]) -> None:
    verdict = ask(issued, file_of(issued.crane.dataset))
    assert verdict.verdict is Word.VALID
    assert not read_whole


def test_every_check_is_listed_as_for_a_file_that_is_examined_whole(
    issued: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = file_of(issued.crane.dataset)
    quick = ask(issued, data)
    monkeypatch.setattr(issued_pdf, "examined", lambda *_: None)
    whole = ask(issued, data)
    assert [(one.id, one.state) for one in quick.checks] == [
        (one.id, one.state) for one in whole.checks
    ]
    assert quick.certificate == whole.certificate
    assert quick.status == whole.status
    assert quick.reason == whole.reason


def test_what_was_not_looked_at_says_so_and_the_rest_says_what_was_found(issued: Any) -> None:
    verdict = ask(issued, file_of(issued.crane.dataset))
    known = {one.id for one in verdict.checks if "not looked at again" in one.reason}
    assert known == set(issued_pdf.KNOWN)
    assert "issued" in reason(verdict, "shown")
    assert reason(verdict, "pdf_content").endswith("(unchanged since it was signed)")


def test_both_readings_find_the_same(world: Any) -> None:
    """Who signed, when, and what is carried: read where it is written, and by the strict reader."""
    for data in (genuine.genuine_pdf(), raised.usual("B-T"), rsa_signers.rsa_file(2048)):
        anchors = raised.anchors() if data != genuine.genuine_pdf() else genuine.house().anchors
        whole = proof.examined(data, anchors, NOW, None, True)
        quick = quickly(data, anchors)
        assert quick is not None
        assert (quick.dataset, quick.signer, quick.signed_at, quick.ours, quick.readable) == (
            whole.dataset, whole.signer, whole.signed_at, whole.ours, whole.readable
        )  # fmt: skip


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_the_archived_levels_are_valid_and_what_was_added_to_a_file_is_read(
    world: Any, read_whole: list[Any], level: str
) -> None:
    data = file_of(world.crane.dataset, level)
    assert ask(enter(world, data), data).verdict is Word.VALID
    assert bool(read_whole) is (level != "B-T")


def test_a_cancelled_one_is_cancelled(issued: Any, read_whole: list[Any]) -> None:
    issued.cancel(issued.register.entries[0])
    assert ask(issued, file_of(issued.crane.dataset)).verdict is Word.CANCELLED
    assert not read_whole


# --- what is judged all the same -----------------------------------------------------------------


def revoked(since: datetime, at: datetime) -> dict[str, Any]:
    return {"pdf_crls": (signers.crl(Revocation(4711, since), made=at - MINUTE),)}


def test_revoked_before_it_was_recorded_is_not_valid(issued: Any) -> None:
    verdict = ask(issued, file_of(issued.crane.dataset), **revoked(SIGNED, NOW))
    assert verdict.verdict is Word.UNKNOWN
    assert state(verdict, "pdf_revocation") is CheckState.FAILED


def test_revoked_after_it_was_recorded_is_valid_and_says_why(
    issued: Any, read_whole: list[Any]
) -> None:
    verdict = ask(issued, file_of(issued.crane.dataset), **revoked(SIGNED + 2 * MINUTE, NOW))
    assert verdict.verdict is Word.VALID
    assert "proven to be older" in reason(verdict, "pdf_revocation")
    assert not read_whole


def test_a_root_that_is_pinned_no_longer_makes_nothing_valid(issued: Any) -> None:
    data = file_of(issued.crane.dataset)
    assert ask(issued, data).verdict is Word.VALID
    for roots in ((), genuine.house().anchors.pdf_roots):
        verdict = ask(issued, data, pdf_roots=roots)
        assert verdict.verdict is Word.UNKNOWN
        assert state(verdict, "pdf_certificate") is not CheckState.PASSED
    assert ask(issued, data).verdict is Word.VALID


def test_time_does_not_stand_still_in_what_is_remembered(issued: Any) -> None:
    """One file, one process: its certificate ends, the list grows old, a revocation comes."""
    data = file_of(issued.crane.dataset)
    assert ask(issued, data).verdict is Word.VALID
    assert "expired" not in reason(ask(issued, data, END), "pdf_certificate")
    after = ask(issued, data, END + timedelta(seconds=1))
    assert after.verdict is Word.VALID
    assert "expired" in reason(after, "pdf_certificate")
    without_record = enter(issued, data, recorded_at=None)
    assert ask(without_record, data, END + timedelta(seconds=1)).verdict is Word.UNKNOWN
    enter(issued, data)
    old_list = {"pdf_crls": (signers.crl(made=NOW - DAY),)}
    assert ask(issued, data, NOW, **old_list).verdict is Word.VALID
    assert state(ask(issued, data, LATER, **old_list), "pdf_revocation") is CheckState.NOT_CHECKED
    assert ask(issued, data, NOW, **revoked(SIGNED, NOW)).verdict is Word.UNKNOWN


def test_a_record_from_before_its_signing_is_no_cure(issued: Any) -> None:
    """Who can write into the register dates its record back; the signature then contradicts it."""
    data = file_of(issued.crane.dataset)
    enter(issued, data, recorded_at=SIGNED - 2 * key_life.SKEW)
    verdict = ask(issued, data, **revoked(SIGNED - key_life.SKEW, NOW))
    assert verdict.verdict is Word.UNKNOWN


# --- who can write into the register, but has no key ---------------------------------------------


def test_a_forged_file_whose_digest_was_registered_is_not_valid(world: Any) -> None:
    """Changed after signing, with and without a signature of the forger's own."""
    data = file_of(world.crane.dataset)
    for forged in (
        data.replace(b"/Producer", b"/Procuder", 1),
        data + b"\n% added\n",
        raised.with_token(data, raised.token_of(raised.usual("B-T"))),
        genuine.sign_pdf(attachments=(genuine.data_set(world.crane.dataset),)),
        file_of(genuine.DATASET),
    ):
        assert forged != data
        verdict = ask(enter(world, forged), forged)
        assert verdict.verdict is not Word.VALID
        assert any(one.state is not CheckState.PASSED for one in verdict.checks)


def test_a_genuine_file_under_another_certificates_entry_is_altered(world: Any) -> None:
    """The register is told that a light crane's file belongs to a heavy one's entry."""
    data = file_of(genuine.DATASET)
    assert world.crane.dataset != genuine.DATASET
    verdict = ask(enter(world, data), data)
    assert verdict.verdict is not Word.VALID
    heavier = world.crane.dataset.replace(b"QTZ80(QTZ5512)", b"QTZ800(QTZ551)")
    own = file_of(world.crane.dataset)
    enter(world, own, dataset=heavier, face={**world.crane.face, "model": "QTZ800(QTZ551)"})
    verdict = ask(world, own)
    assert verdict.verdict is Word.ALTERED
    assert [one.field for one in verdict.altered] == ["face.model"]


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "450100T(2024)0000002"},
        {"version": 2},
        {"issued_on": "2026-11-20"},
        {"authority_code": genuine.OTHER_USCC},
        {"type": "crane-filing"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_shown_of_an_entry_must_be_what_its_data_say(
    issued: Any, changed: dict[str, Any]
) -> None:
    issued.change(issued.register.entries[0], **changed)
    verdict = ask(issued, file_of(issued.crane.dataset))
    assert verdict.verdict is Word.ALTERED
    assert state(verdict, "registered_data") is CheckState.FAILED


def test_the_digest_in_the_place_of_the_other_format_does_not_count(issued: Any) -> None:
    crane = issued.register.entries[0]
    issued.change(crane, pdf_sha256=crane.ofd_sha256, ofd_sha256=crane.pdf_sha256)
    verdict = ask(issued, file_of(issued.crane.dataset))
    assert verdict.verdict is Word.ALTERED
    assert state(verdict, "registered_bytes") is CheckState.FAILED


def quickly(data: bytes, anchors: TrustAnchors, **facts: Any) -> Examination | None:
    """The quick examination by an entry that says of any bytes whatever they need."""
    digests = file_digests.of(data)
    known = {"pdf_sha256": digests.sha256, "dataset": genuine.DATASET, "recorded_at": SIGNED}
    entry: Any = SimpleNamespace(**(known | facts))
    return issued_pdf.examined(data, digests, entry, anchors, NOW)


@given(st.integers(min_value=0, max_value=8 * len(genuine.genuine_pdf()) - 1))
@example(8 * genuine.genuine_pdf().index(b"/ByteRange["))
@example(8 * genuine.genuine_pdf().index(b"/M(D:") + 64)
@example(8 * genuine.genuine_pdf().rindex(b">/Filter") - 8)
def test_no_bit_can_be_turned_in_a_file_that_is_known(bit: int) -> None:
    anchors = genuine.house().anchors
    assert quickly(genuine.genuine_pdf(), anchors) is not None
    assert quickly(flipped(genuine.genuine_pdf(), bit), anchors) is None


def test_what_the_entry_says_otherwise_is_not_known() -> None:
    data, anchors = genuine.genuine_pdf(), genuine.house().anchors
    assert quickly(data, anchors) is not None
    assert quickly(data, anchors, dataset=genuine.DATASET.replace(b"QTZ", b"QTX")) is None
    assert quickly(data, anchors, pdf_sha256="0" * 64) is None


@pytest.mark.parametrize(
    "changed",
    [
        lambda data: data[:0],
        lambda data: data[:-1],
        lambda data: data[:2000],
        lambda data: b"\n" + data,
        lambda data: data.replace(b"/Contents<", b"/Contents <", 1),
        lambda data: data.replace(b"startxref\n", b"startxref\n9"),
        lambda data: data.replace(b"startxref\n", b"startxref\n0000"),
        lambda data: data.replace(b"(certificate.json)", b"(certificate.jsom)"),
        lambda data: data[: data.index(b"/Contents<") + 40] + b">",
        lambda data: data.replace(b"xref\n0 ", b"xref\n1 "),
    ],
)
def test_what_is_not_written_as_expected_is_not_known(changed: Callable[[bytes], bytes]) -> None:
    assert quickly(changed(genuine.genuine_pdf()), genuine.house().anchors) is None


def test_every_check_that_is_known_is_one_of_the_bytes_alone() -> None:
    """What a key's life, the anchors or the file's own value decide can never be among them."""
    assert set(issued_pdf.KNOWN) == {
        pdf_checks.STRUCTURE,
        pdf_checks.SINGLE_REVISION,
        pdf_checks.ONE_SIGNATURE,
        pdf_checks.ACTIVE_CONTENT,
        pdf_checks.PAGE,
    }
