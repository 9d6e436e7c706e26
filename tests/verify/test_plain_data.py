"""Values that cross to a process that is not trusted, and what is refused when they come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import plain_data
from verify.check import Check, CheckState, Examination
from verify.verdict import Altered

_CHECKS = st.builds(Check, st.text(), st.sampled_from(CheckState), st.text(), st.booleans())
_MOMENTS = st.datetimes(timezones=st.just(UTC))
_ALTERED = st.builds(Altered, st.text(), st.text(), st.text(), st.text())
_EXAMINATIONS = st.builds(
    Examination,
    kind=st.sampled_from(["pdf", "ofd", "other"]),
    readable=st.booleans(),
    ours=st.booleans(),
    checks=st.lists(_CHECKS).map(tuple),
    dataset=st.none() | st.binary(),
    signer=st.none() | st.text(),
    signed_at=st.none() | _MOMENTS,
    altered=st.lists(_ALTERED).map(tuple),
    codes=st.lists(st.text()).map(tuple),
    opened=st.none(),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_EXAMINATIONS)
def test_a_report_comes_back_as_it_was(found: Examination) -> None:
    text = json.dumps(plain_data.plain(found))
    assert plain_data.read(Examination, json.loads(text)) == found


@given(_JSON)
def test_anything_else_is_refused_in_one_way(value: object) -> None:
    with pytest.raises(plain_data.Malformed):
        plain_data.read(Examination, value)


_GOOD = plain_data.plain(
    Examination(
        "pdf",
        readable=True,
        ours=True,
        checks=(Check("a", CheckState.PASSED, "b"),),
        dataset=b"x",
        signed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
)


@given(st.sampled_from(sorted(_GOOD)), _JSON)
def test_no_field_takes_a_value_of_another_kind(name: str, value: object) -> None:
    try:
        found = plain_data.read(Examination, _GOOD | {name: value})
    except plain_data.Malformed:
        return
    assert plain_data.plain(found) is not None
    assert isinstance(found.readable, bool)
    assert all(isinstance(check.state, CheckState) for check in found.checks)


def test_what_stays_in_the_process_does_not_cross() -> None:
    assert "opened" not in _GOOD
    with pytest.raises(plain_data.Malformed):
        plain_data.read(Examination, _GOOD | {"opened": None})
