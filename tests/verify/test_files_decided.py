"""A file: what its own checks, the register and the status make of it together.

How a PDF or an OFD is examined has its own tests; here an examination's outcome is given.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from verify import dataset, decide, limits, proof
from verify.check import Check, CheckState, Examination
from verify.presentation import OPERATOR
from verify.verdict import Verdict, Word

_CHECKS = {
    "readable",
    "ours",
    "pdf_signature",
    "registered",
    "registered_data",
    "registered_bytes",
    "status",
}


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have every file examined with a given outcome."""

    def give(data_set: bytes | None, state: CheckState = CheckState.PASSED) -> None:
        outcome = Examination(
            kind="pdf",
            readable=True,
            ours=data_set is not None,
            checks=(Check("pdf_signature", state, "签名 (signature)"),),
            dataset=data_set,
        )
        monkeypatch.setattr(proof, "examined", lambda *_: outcome)

    return give


def _ask(world: Any, data: bytes, **more: Any) -> Verdict:
    facts = {
        "register": world.register,
        "anchors": world.anchors,
        "at": world.now,
        "now": world.now,
    }
    return decide.file(data, **(facts | more))


def _state(verdict: Verdict, name: str) -> CheckState:
    return next(check.state for check in verdict.checks if check.id == name)


def _pdf(entry: Any) -> bytes:
    """The bytes whose digest the world has registered as the entry's PDF."""
    return b"pdf" + bytes(entry.dataset)


def _changed(world: Any, **changed: str) -> bytes:
    """The crane's data set with other values on its face."""
    found = dataset.parse(world.crane.dataset)
    return dataset.build(
        type=found.type,
        layout_version=found.layout_version,
        license_id=found.license_id,
        number=found.number,
        version=found.version,
        authority=vars(found.authority),
        holder=vars(found.holder),
        issued_on=found.issued_on.isoformat(),
        face={**found.face, **changed},
        status_index=found.status_index,
    )


def test_the_registered_file_is_valid_and_every_check_is_listed(world: Any, examined: Any) -> None:
    examined(world.crane.dataset)
    verdict = _ask(world, _pdf(world.crane))
    assert verdict.verdict is Word.VALID
    assert {check.id for check in verdict.checks} == _CHECKS


def test_the_registered_file_of_a_cancelled_certificate_is_cancelled(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset)
    world.cancel(world.crane)
    assert _ask(world, _pdf(world.crane)).verdict is Word.CANCELLED


def test_a_soundly_signed_file_that_was_not_registered_is_altered(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset)
    verdict = _ask(world, b"another file with the same data set")
    assert verdict.verdict is Word.ALTERED
    assert _state(verdict, "registered_data") is CheckState.PASSED
    assert _state(verdict, "registered_bytes") is CheckState.FAILED


def test_the_digest_of_the_other_format_does_not_count(world: Any, examined: Any) -> None:
    examined(world.crane.dataset)
    assert _ask(world, b"ofd" + world.crane.dataset).verdict is Word.ALTERED


def test_a_soundly_signed_file_that_the_register_does_not_know_is_never_valid(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset)
    world.register.entries.clear()
    verdict = _ask(world, b"x")
    assert verdict.verdict is Word.UNKNOWN
    assert verdict.certificate is None
    assert {check.id for check in verdict.checks} == _CHECKS


def test_every_value_that_differs_is_named_with_its_label(world: Any, examined: Any) -> None:
    examined(_changed(world, model="QTZ800", project_manager="李伪造"))
    verdict = _ask(world, b"x")
    assert verdict.verdict is Word.ALTERED
    assert [(a.field, a.label, a.signed, a.found) for a in verdict.altered] == [
        ("face.model", "规格型号", "QTZ80(QTZ5512)", "QTZ800"),
        ("face.project_manager", "使用单位项目负责人", "王**", "李**"),
    ]
    assert "规格型号" in verdict.reason


def test_a_registered_file_whose_signer_fell_is_not_altered_and_not_valid(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset, CheckState.FAILED)
    verdict = _ask(world, _pdf(world.crane))
    assert verdict.verdict is Word.UNKNOWN
    assert _state(verdict, "registered_bytes") is CheckState.PASSED


@pytest.mark.parametrize("state", [CheckState.FAILED, CheckState.NOT_CHECKED])
def test_an_unproven_file_with_only_the_number_right_learns_nothing(
    world: Any, examined: Any, state: CheckState
) -> None:
    examined(_changed(world, factory_number="1"), state)
    verdict = _ask(world, b"x")
    assert verdict.verdict is (Word.ALTERED if state is CheckState.FAILED else Word.UNKNOWN)
    assert verdict.certificate is None
    assert verdict.altered == ()
    world.register.entries.clear()
    assert _ask(world, b"x").as_json() == verdict.as_json()


def test_an_unproven_file_that_knows_the_pair_is_told_what_differs(
    world: Any, examined: Any
) -> None:
    examined(_changed(world, model="QTZ800"), CheckState.FAILED)
    verdict = _ask(world, b"x")
    assert verdict.verdict is Word.ALTERED
    assert [item.field for item in verdict.altered] == ["face.model"]


def test_the_operator_is_told_about_an_unproven_file(world: Any, examined: Any) -> None:
    examined(_changed(world, factory_number="1"), CheckState.FAILED)
    verdict = _ask(world, b"x", view=OPERATOR)
    assert [item.signed for item in verdict.altered] == ["19020319"]


def test_a_check_that_was_not_made_keeps_even_the_registered_file_from_valid(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset, CheckState.NOT_CHECKED)
    assert _ask(world, _pdf(world.crane)).verdict is Word.UNKNOWN


def test_a_file_of_somebody_else_is_unknown(world: Any, examined: Any) -> None:
    examined(None)
    verdict = _ask(world, b"x")
    assert verdict.verdict is Word.UNKNOWN
    assert "纸质" in verdict.reason


def test_a_data_set_that_cannot_be_read_is_never_valid(world: Any, examined: Any) -> None:
    examined(b"{}")
    assert _ask(world, b"x").verdict is Word.UNKNOWN
    examined(b"{}", CheckState.FAILED)
    assert _ask(world, b"x").verdict is Word.ALTERED


@pytest.mark.parametrize("data", [b"", b"\x00", b"noise" * 100, bytes(limits.FILE_BYTES + 1)])
def test_noise_is_unreadable(world: Any, data: bytes) -> None:
    verdict = _ask(world, data)
    assert verdict.verdict is Word.UNREADABLE
    assert verdict.exit_code == 4


def test_what_keeps_a_broken_file_from_being_read_is_told(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (Check("ofd_package", CheckState.FAILED, "有多余的字节 (bytes left over)"),)
    outcome = Examination("ofd", readable=False, ours=False, checks=broken)
    monkeypatch.setattr(proof, "examined", lambda *_: outcome)
    verdict = _ask(world, b"x")
    assert verdict.verdict is Word.UNREADABLE
    assert "不能作为OFD读取：有多余的字节" in verdict.reason
    assert {"ours", "ofd_package", "status"} <= {check.id for check in verdict.checks}


def test_a_file_larger_than_the_limit_is_not_looked_into(world: Any) -> None:
    data = b"%PDF-1.7" + bytes(limits.FILE_BYTES)
    assert "5 MiB" in _ask(world, data).reason


def test_the_plate_is_compared_with_the_file(world: Any, examined: Any) -> None:
    examined(world.crane.dataset)
    assert _ask(world, _pdf(world.crane), plate="19020319").verdict is Word.VALID
    assert _ask(world, _pdf(world.crane), plate="19020318").verdict is Word.ALTERED


def test_offline_a_soundly_signed_file_and_a_list_make_it_valid(world: Any, examined: Any) -> None:
    examined(world.crane.dataset)
    verdict = _ask(world, b"x", register=None, status_list=world.status_list())
    assert verdict.verdict is Word.VALID
    assert _state(verdict, "registered_bytes") is CheckState.NOT_CHECKED
    assert verdict.certificate is not None
    assert verdict.certificate["number"] == "450100T(2024)0000001"
    assert "王**" in str(verdict.certificate)


def test_offline_a_cancelled_an_old_listed_and_a_broken_file_are_not_valid(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset)
    facts = {"register": None, "status_list": world.status_list(world.crane.status_index)}
    assert _ask(world, b"x", **facts).verdict is Word.CANCELLED
    facts["status_list"] = world.status_list(old=timedelta(days=8))
    assert _ask(world, b"x", **facts).verdict is Word.UNKNOWN
    assert _ask(world, b"x", register=None).verdict is Word.UNKNOWN
    facts["status_list"] = world.status_list()
    examined(world.crane.dataset, CheckState.FAILED)
    broken = _ask(world, b"x", **facts)
    assert broken.verdict is Word.ALTERED
    assert broken.certificate is None
    examined(world.crane.dataset, CheckState.NOT_CHECKED)
    assert _ask(world, b"x", **facts).verdict is Word.UNKNOWN


def test_offline_a_file_that_names_no_place_in_a_list_has_no_status(
    world: Any, examined: Any
) -> None:
    examined(world.crane.dataset.replace(b'"status_index":0,', b""))
    verdict = _ask(world, b"x", register=None, status_list=world.status_list())
    assert verdict.verdict is Word.UNKNOWN
    assert _state(verdict, "status") is CheckState.NOT_CHECKED
