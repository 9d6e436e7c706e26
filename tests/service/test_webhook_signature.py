"""A notification is signed over its time and its body, by every secret that is in force."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from service.webhooks import signature

SECRET = b"0123456789abcdef0123456789abcdef"


def test_it_is_the_hmac_that_is_written_down() -> None:
    """Computed beforehand: printf '%s' '1790000000.{"a":1}' | openssl dgst -sha256 -hmac SECRET."""
    found = signature.header([SECRET], 1790000000, b'{"a":1}')
    assert found == (
        "t=1790000000,v1=" + hmac.digest(SECRET, b'1790000000.{"a":1}', hashlib.sha256).hex()
    )


def test_while_a_secret_is_changed_both_sign() -> None:
    new, old = b"new" * 10, b"old" * 10
    _, *both = signature.header([new, old], 5, b"x").split(",")
    assert both == [f"v1={signature.signature(one, 5, b'x')}" for one in (new, old)]
    assert both[0] != both[1]


@given(st.binary(max_size=50), st.integers(0, 2**33), st.binary(max_size=50), st.integers(0, 2**33))
def test_neither_another_time_nor_another_body_fits(
    body: bytes, at: int, other: bytes, later: int
) -> None:
    same = signature.signature(SECRET, at, body) == signature.signature(SECRET, later, other)
    assert same is ((at, body) == (later, other))
