"""Files whose signer's certificate has expired or was revoked: what the register can prove."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import certified_signers as signers
import pytest
import raised_pdfs as raised
from raised_pdfs import DAY, LATER_THAN_ALL, MINUTE, NOW, SIGNED

from signing.certificates import Revocation
from verify import decide
from verify.check import CheckState
from verify.presentation import OPERATOR
from verify.verdict import Verdict, Word

LATER = LATER_THAN_ALL


def file(world: Any, level: str = "B-B") -> bytes:
    """The crane's file, by a signer whose certificate ends a day after NOW."""
    return _file(world.register.entries[0].dataset, level)


@cache
def _file(carried: bytes, level: str) -> bytes:
    return raised.raised(level, signers.certificate(ends=NOW + DAY), carried=carried)


@pytest.fixture
def old(world: Any) -> Any:
    """A world of the day LATER with that file in its register, recorded a minute after signing."""
    world.now = LATER
    digest = hashlib.sha256(file(world)).hexdigest()
    world.change(world.crane, pdf_sha256=digest, recorded_at=SIGNED + MINUTE)
    return world


def ask(world: Any, data: bytes, **facts: Any) -> Verdict:
    anchors = raised.anchors(world.now, **facts.pop("pinned", {}))
    return decide.file(
        data,
        **(
            {
                "register": world.register,
                "anchors": anchors,
                "at": world.now,
                "now": world.now,
                "view": OPERATOR,
            }
            | facts
        ),
    )


def state(verdict: Verdict, name: str) -> CheckState:
    return next(check.state for check in verdict.checks if check.id == name)


def revoked(since: Any) -> dict[str, Any]:
    entry = Revocation(4711, since)
    return {"pdf_crls": (signers.crl(entry, made=LATER - DAY),)}


def test_an_expired_file_that_the_register_recorded_is_valid(old: Any) -> None:
    verdict = ask(old, file(old))
    assert verdict.verdict is Word.VALID
    reason = next(check.reason for check in verdict.checks if check.id == "pdf_certificate")
    assert "expired" in reason


def test_an_expired_file_is_not_valid_offline(old: Any) -> None:
    verdict = ask(old, file(old), register=None, status_list=old.status_list())
    assert verdict.verdict is Word.UNKNOWN
    assert state(verdict, "pdf_certificate") is CheckState.NOT_CHECKED


def test_an_expired_file_is_not_proven_by_a_record_that_came_too_late(old: Any) -> None:
    for moment in (NOW + 2 * DAY, None):
        old.change(old.register.entries[0], recorded_at=moment)
        assert ask(old, file(old)).verdict is Word.UNKNOWN


def test_the_record_of_one_file_proves_nothing_of_another(old: Any) -> None:
    """The same data set, signed with the expired key by somebody else: other bytes."""
    forged = raised.signed(signers.certificate(ends=NOW + DAY), old.crane.dataset)
    assert forged != file(old)
    verdict = ask(old, forged)
    assert verdict.verdict is Word.ALTERED
    assert state(verdict, "pdf_certificate") is CheckState.NOT_CHECKED


def test_the_digest_of_the_other_format_proves_nothing(old: Any) -> None:
    crane = old.register.entries[0]
    old.change(crane, pdf_sha256=crane.ofd_sha256, ofd_sha256=crane.pdf_sha256)
    verdict = ask(old, file(old))
    assert state(verdict, "pdf_certificate") is CheckState.NOT_CHECKED
    assert verdict.verdict is not Word.VALID


def test_a_revoked_file_that_was_recorded_before_is_valid(old: Any) -> None:
    verdict = ask(old, file(old), pinned=revoked(NOW))
    assert verdict.verdict is Word.VALID
    reason = next(check.reason for check in verdict.checks if check.id == "pdf_revocation")
    assert "revoked since" in reason


@pytest.mark.parametrize("since", [SIGNED, SIGNED + MINUTE])
def test_a_revoked_file_that_was_recorded_only_after_is_not_valid(old: Any, since: Any) -> None:
    verdict = ask(old, file(old), pinned=revoked(since))
    assert verdict.verdict is Word.UNKNOWN  # it is the file that was issued, so not altered
    assert state(verdict, "pdf_revocation") is CheckState.FAILED


def test_a_record_cures_nothing_but_age(old: Any) -> None:
    """A file that was registered with a broken signature stays one with a broken signature."""
    broken = file(old).replace(b"/Producer", b"/Procuder", 1)
    assert broken != file(old)
    digest = hashlib.sha256(broken).hexdigest()
    old.change(old.register.entries[0], pdf_sha256=digest)
    verdict = ask(old, broken)
    assert state(verdict, "pdf_content") is CheckState.FAILED
    assert verdict.verdict is not Word.VALID


def test_every_level_is_compared_with_the_file_issued(old: Any) -> None:
    for level in ("B-T", "B-LTA"):
        data = file(old, level)
        digest = hashlib.sha256(data).hexdigest()
        old.change(old.register.entries[0], pdf_sha256=digest)
        assert ask(old, data).verdict is Word.VALID
        offline = ask(old, data, register=None, status_list=old.status_list())
        assert state(offline, "pdf_certificate") is CheckState.PASSED


def test_a_level_that_was_not_issued_is_altered_though_its_signature_is_sound(old: Any) -> None:
    """Whoever takes the archive stamp away, or adds one, has another file than was issued."""
    lta = file(old, "B-LTA")
    old.change(old.register.entries[0], pdf_sha256=hashlib.sha256(lta).hexdigest())
    for lower in raised.lower(lta)[:-1]:
        assert ask(old, lower).verdict is Word.ALTERED
