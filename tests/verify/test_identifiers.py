"""Check digits and licence identifiers, on the vectors that were recomputed from real ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import MalformedIdentifier
from verify.identifiers import (
    license_check,
    make_license_id,
    parse_license_id,
    uscc_check_character,
    uscc_valid,
)

_REAL = (
    "11100000000013338W032.11220000013544541J.2430599.001.F",
    "11100000000013338W011.11430000006122244L.20230000403.001.U",
    "11100000000013338W011.11430000006122244L.20230000403.002.S",
    "11100000000013338W011.11110000000021135M.20230329701.003.Y",
    "11100000MB03271699022.340100.000000016.001.9",
    "11100000000013338W087.11370800MB28559184.37080001202411010001.001.3",
    "11100000000013338W999.11450100MB0000001Q.450100T20240000001.001.G",
    "11100000000013338W999.11450100MB0000001Q.450100T20240000001.002.E",
)
_TYPE_CODE = "11100000000013338W999"
_AUTHORITY = "11450100MB0000001Q"
_SERIALS = st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=32)


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",
        "11100000000013338W",
        "11110000000021135M",
        "11430000006122244L",
        "11220000013544541J",
        "11370800MB28559184",
        _AUTHORITY,
    ],
)
def test_real_credit_codes_check(code: str) -> None:
    assert uscc_valid(code)
    assert uscc_check_character(code[:17]) == code[17]


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y4Z", "91350100M000100Y44", "91350100m000100y43", "", "1" * 17, "9" * 19],
)
def test_wrong_credit_codes_do_not_check(code: str) -> None:
    assert not uscc_valid(code)


def test_a_credit_code_check_needs_seventeen_characters_of_the_alphabet() -> None:
    with pytest.raises(MalformedIdentifier):
        uscc_check_character("O" * 17)


@given(st.integers(min_value=0, max_value=17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_always_noticed_in_a_credit_code(place: int, char: str) -> None:
    changed = _AUTHORITY[:place] + char + _AUTHORITY[place + 1 :]
    assert uscc_valid(changed) == (changed == _AUTHORITY)


@pytest.mark.parametrize("tail", _REAL)
def test_real_identifiers_have_the_check_character_of_mod_37_36(tail: str) -> None:
    *parts, check = tail.split(".")
    assert license_check("".join(parts)) == check


@pytest.mark.parametrize(
    ("body", "check"),
    [("A12425GABC1234002", "M"), ("0", "2"), ("1", "Z"), ("A", "H"), ("Z", "4")],
)
def test_published_vectors_of_mod_37_36(body: str, check: str) -> None:
    assert license_check(body) == check


def test_the_product_of_one_wraps_around_to_zero() -> None:
    """A public copy of the algorithm forgets the last `mod 36` and fails just here."""
    bodies = (f"{number:05d}" for number in range(2000))
    assert "0" in {license_check(body) for body in bodies}


def test_a_made_identifier_is_written_with_root_and_dots() -> None:
    made = make_license_id(_TYPE_CODE, _AUTHORITY, "450100T20240000001", 1)
    assert str(made) == (
        "1.2.156.3005.2.11100000000013338W999.11450100MB0000001Q.450100T20240000001.001.G"
    )
    assert made.valid


@given(_SERIALS, st.integers(min_value=1, max_value=999))
def test_what_is_made_reads_back(serial: str, version: int) -> None:
    made = make_license_id(_TYPE_CODE, _AUTHORITY, serial, version)
    assert parse_license_id(str(made)) == made
    assert made.valid


@given(_SERIALS, st.data())
def test_one_wrong_character_is_always_noticed_in_an_identifier(
    serial: str, data: st.DataObject
) -> None:
    made = make_license_id(_TYPE_CODE, _AUTHORITY, serial, 1)
    place = data.draw(st.integers(min_value=0, max_value=len(serial) - 1))
    char = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    changed = serial[:place] + char + serial[place + 1 :]
    read = parse_license_id(str(replace(made, serial=changed)))
    assert read.valid == (changed == serial)


def test_a_foreign_identifier_with_a_wrong_check_character_is_read_and_called_wrong() -> None:
    text = (
        "1.2.156.3005.2.11100000000013338W999.113700000045046442"
        ".209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
    )
    assert not parse_license_id(text).valid


@given(st.text(max_size=120))
def test_any_other_text_is_refused_as_an_identifier(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        parse_license_id(text)


@pytest.mark.parametrize(
    ("type_code", "authority", "serial", "version"),
    [
        ("11100000000013338W99", _AUTHORITY, "1", 1),
        (_TYPE_CODE, "11450100MB0000001R", "1", 1),
        (_TYPE_CODE, _AUTHORITY, "", 1),
        (_TYPE_CODE, _AUTHORITY, "a", 1),
        (_TYPE_CODE, _AUTHORITY, "1" * 33, 1),
        (_TYPE_CODE, _AUTHORITY, "1", 0),
        (_TYPE_CODE, _AUTHORITY, "1", 1000),
    ],
)
def test_an_identifier_is_not_made_from_parts_out_of_form(
    type_code: str, authority: str, serial: str, version: int
) -> None:
    with pytest.raises(MalformedIdentifier):
        make_license_id(type_code, authority, serial, version)
