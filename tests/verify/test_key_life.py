"""What expiry, revocation and proof of time mean: the table, its borders, and what holds always."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import key_life
from verify.check import CheckState
from verify.key_life import SKEW, Period

PASSED, FAILED, UNTOLD = CheckState.PASSED, CheckState.FAILED, CheckState.NOT_CHECKED
START = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2023, 1, 1, tzinfo=UTC)
PERIOD = Period(START, END)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
BEFORE, AFTER = END - DAY, END + DAY
SIGNED = START + DAY

moments = st.datetimes(
    datetime(2019, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2024, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
proofs = st.none() | moments


# --- expiry --------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [None, BEFORE])
@pytest.mark.parametrize("at", [BEFORE, END])
def test_within_its_period_a_certificate_needs_no_proof(at, proof):
    assert key_life.judge_period(PERIOD, SIGNED, proof, at).state is PASSED


@pytest.mark.parametrize("at", [END + SECOND, AFTER])
def test_an_expired_certificate_without_proof_bears_nothing(at):
    found = key_life.judge_period(PERIOD, SIGNED, None, at)
    assert found.state is UNTOLD
    assert "nothing proves the signature older" in found.reason


@pytest.mark.parametrize("proof", [SIGNED, BEFORE, END])
def test_an_expired_certificate_passes_if_proven_before_its_end(proof):
    found = key_life.judge_period(PERIOD, SIGNED, proof, AFTER)
    assert found.state is PASSED
    assert "expired" in found.reason


@pytest.mark.parametrize("proof", [END + SECOND, AFTER])
def test_a_proof_from_after_the_end_proves_nothing(proof):
    assert key_life.judge_period(PERIOD, SIGNED, proof, AFTER + DAY).state is UNTOLD


@pytest.mark.parametrize("signed_at", [START - SECOND, END + SECOND])
@pytest.mark.parametrize("proof", [None, AFTER])
def test_a_stated_time_outside_the_period_fails(signed_at, proof):
    assert key_life.judge_period(PERIOD, signed_at, proof, AFTER + DAY).state is FAILED


def test_a_backdated_signature_is_no_younger_for_it():
    """With a stolen expired key: any time can be stated, but only today's can be proven."""
    today = AFTER + 300 * DAY
    assert key_life.judge_period(PERIOD, SIGNED, None, today).state is UNTOLD
    assert key_life.judge_period(PERIOD, SIGNED, today, today).state is UNTOLD


def test_a_stated_time_after_the_proof_is_a_lie():
    found = key_life.judge_period(PERIOD, SIGNED + SKEW + SECOND, SIGNED, BEFORE)
    assert found.state is FAILED
    assert key_life.judge_period(PERIOD, SIGNED + SKEW, SIGNED, BEFORE).state is PASSED


def test_a_stated_time_in_the_future_fails():
    assert key_life.judge_time(BEFORE + SKEW + SECOND, None, BEFORE).state is FAILED
    assert key_life.judge_time(BEFORE + SKEW, None, BEFORE).state is PASSED


def test_a_proof_from_before_the_period_does_not_carry_an_expired_certificate():
    first = START + SECOND
    assert key_life.judge_period(PERIOD, first, START - SECOND, AFTER).state is UNTOLD


# --- revocation ----------------------------------------------------------------------------------


def test_what_is_not_revoked_passes():
    assert key_life.judge_revocation(None, None, AFTER).state is PASSED


def test_a_revocation_that_is_yet_to_come_is_not_in_force():
    assert key_life.judge_revocation(AFTER + SECOND, None, AFTER).state is PASSED
    assert key_life.judge_revocation(AFTER, None, AFTER).state is FAILED


def test_a_revoked_certificate_without_proof_fails():
    assert key_life.judge_revocation(BEFORE, None, AFTER).state is FAILED


def test_a_signature_proven_before_the_revocation_passes_and_says_so():
    found = key_life.judge_revocation(BEFORE, BEFORE - SECOND, AFTER)
    assert found.state is PASSED
    assert "revoked since" in found.reason
    assert "proven to be older" in found.reason


@pytest.mark.parametrize("later", [timedelta(), SECOND, DAY])
def test_a_signature_proven_from_the_revocation_on_fails(later):
    assert key_life.judge_revocation(BEFORE, BEFORE + later, AFTER + DAY).state is FAILED


# --- proofs --------------------------------------------------------------------------------------


def test_the_earliest_proof_counts():
    assert key_life.earliest([None, AFTER, BEFORE, None], AFTER) == BEFORE
    assert key_life.earliest([], AFTER) is None
    assert key_life.earliest([None], AFTER) is None


def test_a_proof_from_the_future_counts_for_nothing():
    assert key_life.earliest([AFTER + SKEW + SECOND], AFTER) is None
    assert key_life.earliest([AFTER + SKEW], AFTER) == AFTER + SKEW


def test_a_chain_is_good_while_each_link_is():
    assert key_life.common([PERIOD, Period(SIGNED, AFTER)]) == Period(SIGNED, END)
    apart = key_life.common([PERIOD, Period(AFTER, AFTER + DAY)])
    assert not any(apart.holds(moment) for moment in (START, END, AFTER, AFTER + DAY))


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revoked", "recorded", "asked", "state"),
    [
        (None, None, False, PASSED),
        (AFTER + SECOND, None, False, PASSED),
        (BEFORE, None, False, UNTOLD),
        (BEFORE, BEFORE - DAY, False, UNTOLD),
        (BEFORE, None, True, FAILED),
        (BEFORE, BEFORE, True, FAILED),
        (BEFORE, BEFORE + SECOND, True, FAILED),
        (BEFORE, BEFORE - SECOND, True, PASSED),
    ],
)
def test_a_code_by_a_revoked_key_counts_only_if_the_register_had_it_before(
    revoked, recorded, asked, state
):
    assert key_life.judge_code_key(revoked, recorded, asked=asked, at=AFTER).state is state


# --- what holds always ---------------------------------------------------------------------------


@given(signed_at=moments, proof=proofs, at=moments)
def test_after_its_end_nothing_passes_without_a_proof_from_within_the_period(signed_at, proof, at):
    state = key_life.judge_period(PERIOD, signed_at, proof, at).state
    if at > END and state is PASSED:
        assert proof is not None
        assert PERIOD.holds(proof)
        assert signed_at <= proof + SKEW


@given(signed_at=moments, proof=proofs, at=moments)
def test_a_stated_time_outside_the_period_never_passes(signed_at, proof, at):
    if not PERIOD.holds(signed_at):
        assert key_life.judge_period(PERIOD, signed_at, proof, at).state is FAILED


@given(revoked=moments, proof=proofs, at=moments)
def test_once_revoked_nothing_passes_without_an_older_proof(revoked, proof, at):
    state = key_life.judge_revocation(revoked, proof, at).state
    if revoked <= at:
        assert (state is PASSED) == (proof is not None and proof < revoked)
    else:
        assert state is PASSED


@given(signed_at=moments, revoked=moments, earlier=moments, later=moments, at=moments)
def test_time_that_passes_never_makes_a_signature_better(signed_at, revoked, earlier, later, at):
    """A younger proof cannot pass where an older one does not (for one stated time)."""
    first, second = sorted((earlier, later))
    if second <= at and PERIOD.holds(first) and signed_at <= first:
        worse = key_life.judge_revocation(revoked, second, at).state
        better = key_life.judge_revocation(revoked, first, at).state
        assert worse is not PASSED or better is PASSED
        worse = key_life.judge_period(PERIOD, signed_at, second, at).state
        better = key_life.judge_period(PERIOD, signed_at, first, at).state
        assert worse is not PASSED or better is PASSED


@given(revoked=st.none() | moments, recorded=proofs, at=moments)
def test_offline_no_code_of_a_key_in_wrong_hands_passes(revoked, recorded, at):
    state = key_life.judge_code_key(revoked, recorded, asked=False, at=at).state
    assert (state is PASSED) == (revoked is None or revoked > at)


@given(revoked=moments, proof=proofs, at=moments, signed_at=moments)
def test_every_reason_is_in_both_languages(revoked, proof, at, signed_at):
    for found in (
        key_life.judge_period(PERIOD, signed_at, proof, at),
        key_life.judge_revocation(revoked, proof, at),
        key_life.judge_code_key(revoked, proof, asked=True, at=at),
    ):
        assert found.reason == f"{found.chinese} ({found.english})"
        assert " (" not in found.chinese  # where the halves are told apart
