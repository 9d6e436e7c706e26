"""How these tests decide that a text has every value: tried on texts that lack one."""

import pytest

from .issued import Issued

REQUEST = {
    "authority": {"name": "甲局"},
    "issued_on": "2024-09-20",
    "face": {"user": "乙公司", "owner": "乙公司", "installed_on": "2024-09-01"},
}
CERTIFICATE = Issued(REQUEST, {"number": "1(2024)1"})
WHOLE = "1(2024)1 乙\n公司 乙公司 2024年09月01日 甲局 2024年09月20日"


def test_nothing_is_missing_from_a_whole_text_wherever_its_lines_break() -> None:
    assert CERTIFICATE.missing_from(WHOLE) == []


@pytest.mark.parametrize(
    ("left_out", "key"),
    [("09月01日", "installed_on"), ("甲局", "authority"), ("1(2024)1", "number")],
)
def test_a_value_left_out_is_missing(left_out: str, key: str) -> None:
    assert CERTIFICATE.missing_from(WHOLE.replace(left_out, "")) == [key]


def test_a_value_printed_for_two_fields_must_be_read_twice() -> None:
    assert CERTIFICATE.missing_from(WHOLE.replace("乙公司", "")) == ["owner"]
