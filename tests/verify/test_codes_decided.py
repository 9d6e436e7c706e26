"""A scanned code: ours, another's, forged, copied, cancelled, with and without a network."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing import cose
from verify import code as codes
from verify import decide
from verify.check import CheckState
from verify.verdict import Verdict, Word

_CHECKS = {
    "readable",
    "address",
    "code_signature",
    "registered",
    "registered_data",
    "status",
}


def _ask(world: Any, text: str, **more: Any) -> Verdict:
    facts = {
        "register": world.register,
        "anchors": world.anchors,
        "status_list": None,
        "base_url": world.base_url,
        "at": world.now,
        "now": world.now,
    }
    verdict = decide.code(text, **(facts | more))
    assert {check.id for check in verdict.checks} - {"plate"} == _CHECKS
    return verdict


def _state(verdict: Verdict, name: str) -> CheckState:
    return next(check.state for check in verdict.checks if check.id == name)


@pytest.mark.parametrize("writing", [str.upper, str.lower, lambda text: f" {text}\n"])
def test_a_code_of_ours_is_valid_in_any_case(world: Any, writing: Any) -> None:
    verdict = _ask(world, writing(world.code(world.crane)))
    assert verdict.verdict is Word.VALID
    assert verdict.certificate is not None
    assert verdict.certificate["factory_number"] == "19020319"


def test_a_code_of_a_cancelled_certificate_is_cancelled(world: Any) -> None:
    world.cancel(world.crane)
    assert _ask(world, world.code(world.crane)).verdict is Word.CANCELLED


@pytest.mark.parametrize(
    "address",
    [
        "https://sealpress.example.evil.example/v/{}",
        "https://sealpress.example@evil.example/v/{}",
        "https://sealpress.example:8443/v/{}",
        "https://sealpress.example./v/{}",
        "https://sealpress.examp1e/v/{}",
        "https://ѕealpress.example/v/{}",
        "http://sealpress.example/v/{}",
        "https://evil.example/sealpress.example/v/{}",
        "https:///v/{}",
    ],
)
def test_a_genuine_code_on_a_foreign_host_is_refused_and_said_so(world: Any, address: str) -> None:
    digits = world.code(world.crane).rpartition("/")[2]
    verdict = _ask(world, address.format(digits))
    assert verdict.verdict is Word.UNKNOWN
    assert verdict.certificate is None
    assert _state(verdict, "address") is CheckState.FAILED
    assert "仿冒" in verdict.reason


def test_a_host_in_look_alike_letters_is_spelled_out(world: Any) -> None:
    verdict = _ask(world, "https://ѕealpress.example/v/1")
    assert "\\u0455ealpress.example" in verdict.reason


def test_a_long_foreign_host_is_cut_at_its_beginning(world: Any) -> None:
    verdict = _ask(world, "https://" + "a" * 500 + ".evil.example/v/1")
    assert "aaa.evil.example" in verdict.reason
    assert len(verdict.reason) < 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "450100T(2024)0000001",
        "https://sealpress.example/",
        "https://sealpress.example/v/",
        "https://sealpress.example/v/12x",
        "https://sealpress.example/v/١٢٣",
        "https://sealpress.example/v/0123",
        "https://sealpress.example/v/123?a",
        "https://sealpress.example/v/" + "9" * 600,
        "https://sealpress.example/v/" + "9" * 5000,
        "https://sealpress.example\\@evil.example/v/1",
        "weixin://dl/business",
        "\ud800",
    ],
)
def test_what_is_no_code_is_unreadable_or_foreign_and_never_an_error(world: Any, text: str) -> None:
    assert _ask(world, text).verdict in {Word.UNREADABLE, Word.UNKNOWN}


def test_a_code_with_one_digit_changed_is_never_valid(world: Any) -> None:
    prefix, _, digits = world.code(world.crane).rpartition("/")
    for place in range(0, len(digits), 7):
        other = "1" if digits[place] != "1" else "2"
        changed = digits[:place] + other + digits[place + 1 :]
        verdict = _ask(world, f"{prefix}/{changed}")
        assert verdict.verdict in {Word.UNREADABLE, Word.ALTERED, Word.UNKNOWN}
        assert verdict.certificate is None


def test_a_claim_changed_under_the_old_signature_is_altered(world: Any) -> None:
    signed = cose.from_digits(world.code(world.crane).rpartition("/")[2])
    changed = signed.replace(b"19020319", b"19020318")
    verdict = _ask(world, f"{world.base_url}/v/{cose.to_digits(changed)}")
    assert verdict.verdict is Word.ALTERED
    assert _state(verdict, "code_signature") is CheckState.FAILED
    assert verdict.certificate is None


def test_a_code_by_a_key_that_is_not_known_is_unknown(world: Any) -> None:
    verdict = _ask(
        world, world.code(world.crane), anchors=SimpleNamespace(code_keys={}, revoked_keys={})
    )
    assert verdict.verdict is Word.UNKNOWN
    assert _state(verdict, "code_signature") is CheckState.NOT_CHECKED


# --- a key in wrong hands ------------------------------------------------------------------------


def _revoked(world: Any, since: Any) -> Any:
    return SimpleNamespace(
        code_keys=world.anchors.code_keys, revoked_keys={world.code_key.kid: since}
    )


def _recorded(world: Any, at: Any) -> str:
    """The crane's code, as the register recorded it at a moment."""
    text: str = world.code(world.crane)
    world.crane = world.change(world.crane, code=text, recorded_at=at)
    return text


def test_a_code_that_was_recorded_before_its_key_was_revoked_stays_valid(world: Any) -> None:
    text = _recorded(world, world.now - timedelta(days=2))
    anchors = _revoked(world, world.now - timedelta(days=1))
    verdict = _ask(world, text, anchors=anchors)
    assert verdict.verdict is Word.VALID
    reason = next(check.reason for check in verdict.checks if check.id == "code_signature")
    assert "revoked since" in reason
    assert _ask(world, text.lower(), anchors=anchors).verdict is Word.VALID


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=1)])
def test_a_code_that_was_recorded_only_after_is_not_believed(world: Any, later: Any) -> None:
    since = world.now - timedelta(days=1)
    text = _recorded(world, since + later)
    verdict = _ask(world, text, anchors=_revoked(world, since))
    assert _state(verdict, "code_signature") is CheckState.FAILED
    assert verdict.verdict is Word.ALTERED
    assert verdict.certificate is None


def test_a_thiefs_code_of_a_registered_certificate_is_not_believed(world: Any) -> None:
    """The same claims under another signature by the stolen key: another code than recorded."""
    text = _recorded(world, world.now - timedelta(days=2))
    forged = world.code(world.crane)
    assert forged != text
    verdict = _ask(world, forged, anchors=_revoked(world, world.now - timedelta(days=1)))
    assert _state(verdict, "code_signature") is CheckState.FAILED
    assert verdict.certificate is None


def test_a_thiefs_code_with_other_claims_is_not_believed(world: Any) -> None:
    _recorded(world, world.now - timedelta(days=2))
    forged = world.code(world.crane, factory_number="666")
    verdict = _ask(world, forged, anchors=_revoked(world, world.now - timedelta(days=1)))
    assert verdict.verdict is Word.ALTERED


def test_a_register_that_does_not_know_when_it_recorded_a_code_proves_nothing(world: Any) -> None:
    text = world.code(world.crane)
    world.change(world.crane, code=text)
    verdict = _ask(world, text, anchors=_revoked(world, world.now - timedelta(days=1)))
    assert _state(verdict, "code_signature") is CheckState.FAILED


def test_offline_no_code_of_a_revoked_key_is_valid(world: Any) -> None:
    text = _recorded(world, world.now - timedelta(days=2))
    verdict = _ask(
        world,
        text,
        anchors=_revoked(world, world.now - timedelta(days=1)),
        register=None,
        status_list=world.status_list(),
    )
    assert verdict.verdict is Word.UNKNOWN
    assert _state(verdict, "code_signature") is CheckState.NOT_CHECKED
    assert "ask online" in verdict.reason
    assert verdict.certificate is None


def test_a_wrong_signature_under_a_revoked_key_is_wrong(world: Any) -> None:
    text = _recorded(world, world.now - timedelta(days=2))
    signed = cose.from_digits(text.rpartition("/")[2])
    digits = cose.to_digits(signed.replace(b"19020319", b"19020318"))
    forged = f"{world.base_url}/v/{digits}"
    world.change(world.crane, code=forged)
    verdict = _ask(world, forged, anchors=_revoked(world, world.now - timedelta(days=1)))
    assert _state(verdict, "code_signature") is CheckState.FAILED
    assert "wrong" in verdict.reason


@pytest.mark.parametrize("known", [True, False])
def test_a_register_is_not_asked_for_what_nobody_signed(world: Any, known: bool) -> None:
    """Not every database takes every text: a number with a NUL in it, say."""

    class Strict:
        def by_number(self, number: str) -> list[Any]:
            raise AssertionError(number)

    signed = cose.from_digits(world.code(world.crane).rpartition("/")[2])
    digits = cose.to_digits(signed.replace(b"450100T", b"450100\0"))
    anchors = _revoked(world, world.now - timedelta(days=1))
    anchors.code_keys = anchors.code_keys if known else {}
    verdict = _ask(world, f"{world.base_url}/v/{digits}", anchors=anchors, register=Strict())
    assert verdict.verdict in {Word.ALTERED, Word.UNKNOWN}


def test_a_revocation_that_is_yet_to_come_does_not_matter_yet(world: Any) -> None:
    text = _recorded(world, world.now - timedelta(days=2))
    anchors = _revoked(world, world.now + timedelta(seconds=1))
    assert _ask(world, text, anchors=anchors).verdict is Word.VALID


@pytest.mark.parametrize(
    "content", [None, "", "450100T", "HTTPS://SEALPRESS.EXAMPLE/V/1", "https://x/v/", "/V/"]
)
def test_a_content_without_these_digits_is_another(content: str | None) -> None:
    assert not codes.is_content(content, "12")


def test_a_content_is_known_wherever_it_leads(world: Any) -> None:
    """An installation may have moved to another address since it printed the code."""
    assert codes.is_content("HTTPS://OLD.EXAMPLE/V/12", "12")
    assert codes.is_content("https://old.example/v/12", "12")


def test_a_code_signed_by_us_that_the_register_does_not_know_is_never_valid(world: Any) -> None:
    text = world.code(world.crane)
    world.register.entries.clear()
    verdict = _ask(world, text)
    assert verdict.verdict is Word.UNKNOWN
    assert _state(verdict, "registered") is CheckState.FAILED


def test_a_code_over_another_data_set_than_the_registered_one_is_altered(world: Any) -> None:
    verdict = _ask(world, world.code(world.crane, dataset_sha256=bytes(32)))
    assert verdict.verdict is Word.ALTERED
    assert verdict.certificate is None


def test_the_code_of_a_replaced_certificate_tells_of_that_one(world: Any) -> None:
    old = world.cancel(world.crane)
    world.add("01-tower-crane.json", version=2)
    verdict = _ask(world, world.code(old))
    assert verdict.verdict is Word.CANCELLED
    assert verdict.certificate is not None
    assert verdict.certificate["version"] == 1


@pytest.mark.parametrize(
    ("plate", "word"),
    [("19020319", Word.VALID), (" １９０２-0319".replace("-", ""), Word.VALID)],
)
def test_the_plate_of_the_right_machine_agrees(world: Any, plate: str, word: Word) -> None:
    verdict = _ask(world, world.code(world.crane), plate=plate)
    assert verdict.verdict is word
    assert _state(verdict, "plate") is CheckState.PASSED


def test_a_genuine_code_on_another_machine_is_told_by_its_plate(world: Any) -> None:
    verdict = _ask(world, world.code(world.crane), plate="20990001")
    assert verdict.verdict is Word.ALTERED
    (difference,) = verdict.altered
    assert (difference.label, difference.signed, difference.found) == (
        "出厂编号",
        "19020319",
        "20990001",
    )


def test_an_empty_plate_is_not_a_plate_that_agrees(world: Any) -> None:
    assert _ask(world, world.code(world.crane), plate=" ").verdict is Word.UNKNOWN


def _offline(world: Any, text: str, *cancelled: int, **more: Any) -> Verdict:
    old = more.pop("old", timedelta(hours=1))
    listed = world.status_list(*cancelled, old=old)
    return _ask(world, text, register=None, status_list=listed, **more)


def test_offline_a_code_and_a_fresh_list_make_it_valid(world: Any) -> None:
    verdict = _offline(world, world.code(world.crane))
    assert verdict.verdict is Word.VALID
    assert _state(verdict, "registered") is CheckState.NOT_CHECKED
    assert verdict.status.as_of == world.now - timedelta(hours=1)
    assert verdict.certificate is not None
    assert verdict.certificate["factory_number"] == "19020319"


def test_offline_a_cancelled_one_is_told_by_the_list(world: Any) -> None:
    verdict = _offline(world, world.code(world.crane), world.crane.status_index)
    assert verdict.verdict is Word.CANCELLED


def test_an_ageing_list_says_its_age_and_a_too_old_one_says_nothing(world: Any) -> None:
    text = world.code(world.crane)
    ageing = _offline(world, text, old=timedelta(days=3))
    assert ageing.verdict is Word.VALID
    assert "列表已签发3天，其后的注销不在其中" in ageing.reason
    assert ageing.status.listed is not None
    assert ageing.status.listed.freshness == "ageing"
    assert ageing.status.listed.age_seconds == 3 * 24 * 3600
    too_old = _offline(world, text, old=timedelta(days=8))
    assert too_old.verdict is Word.UNKNOWN
    assert _state(too_old, "status") is CheckState.NOT_CHECKED
    future = _offline(world, text, old=timedelta(days=-1))
    assert future.verdict is Word.UNKNOWN


def test_offline_without_a_list_or_without_a_place_in_it_nothing_is_valid(world: Any) -> None:
    bare = _ask(world, world.code(world.crane), register=None)
    assert bare.verdict is Word.UNKNOWN
    beyond = _offline(world, world.code(world.crane, status_index=1024))
    assert beyond.verdict is Word.UNKNOWN


def test_a_list_cannot_tell_when_a_cancelled_one_was_still_valid(world: Any) -> None:
    then = world.now - timedelta(days=30)
    cancelled = _offline(world, world.code(world.crane), world.crane.status_index, at=then)
    assert cancelled.verdict is Word.UNKNOWN
    valid = _offline(world, world.code(world.crane), at=then)
    assert valid.verdict is Word.VALID
    assert valid.status.as_of == then


@pytest.mark.parametrize("days", [-1000, 1])
def test_offline_neither_before_issuing_nor_in_the_future_is_anything_valid(
    world: Any, days: int
) -> None:
    verdict = _offline(world, world.code(world.crane), at=world.now + timedelta(days=days))
    assert verdict.verdict is Word.UNKNOWN


def test_offline_the_beginning_of_a_cut_factory_number_is_compared_and_no_more(
    world: Any,
) -> None:
    text = world.code(world.crane, factory_number="1902…")
    agreeing = _offline(world, text, plate="19020319")
    assert agreeing.verdict is Word.VALID
    assert _state(agreeing, "plate") is CheckState.NOT_CHECKED
    assert _offline(world, text, plate="19030319").verdict is Word.ALTERED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=200)
    | st.integers(min_value=0).map(lambda n: f"https://sealpress.example/v/{n}")
)
def test_noise_is_a_verdict_and_never_valid(world: Any, text: str) -> None:
    assert _ask(world, text).verdict is not Word.VALID


def test_an_address_is_told_from_a_number_and_a_file_name() -> None:
    assert codes.is_address(" HTTPS://SEALPRESS.EXAMPLE/V/1")
    assert not codes.is_address("450100T(2024)0000001")
    assert not codes.is_address("./certificate.pdf")
