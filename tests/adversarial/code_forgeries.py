"""What is done to our codes: other addresses, other claims, other keys."""

from __future__ import annotations

from collections.abc import Callable

import genuine
import stage
from cryptography.hazmat.primitives.asymmetric import ec
from stage import Forgery

from signing import cose, key_folder, p256
from verify.check import CheckState
from verify.verdict import Word


def genuine_code() -> str:
    return genuine.code_of(genuine.DATASET)


def at(address: str) -> Callable[[], str]:
    """The genuine code, leading to another place."""
    return lambda: address.format(genuine_code().rpartition("/")[2])


def other_claim() -> str:
    """Another factory number under the old signature."""
    signed = cose.from_digits(genuine_code().rpartition("/")[2])
    assert b"19020319" in signed
    return _ours(signed.replace(b"19020319", b"19020318"))


def by_an_attacker() -> str:
    """Everything as in the genuine one, the key's identifier too, by another key."""
    signed = cose.decode(cose.from_digits(genuine_code().rpartition("/")[2]))
    key = p256.from_private_key("memory:attacker", ec.generate_private_key(ec.SECP256R1()))
    forged = cose.encode(signed.claims, key)
    assert forged.count(key.kid) == 1
    return _ours(forged.replace(key.kid, signed.kid))


def by_an_unknown_key() -> str:
    signed = cose.decode(cose.from_digits(genuine_code().rpartition("/")[2]))
    key = p256.from_private_key("memory:attacker", ec.generate_private_key(ec.SECP256R1()))
    return _ours(cose.encode(signed.claims, key))


def by_the_stolen_key() -> str:
    """Signed with our own key, for another machine than the register has."""
    signed = cose.decode(cose.from_digits(genuine_code().rpartition("/")[2]))
    claims = cose.CodeClaims(**{**vars(signed.claims), "factory_number": "19020318"})
    return _ours(cose.encode(claims, key_folder.code_key(genuine.house().folder, genuine.SIGNED)))


def _ours(signed: bytes) -> str:
    return f"{stage.BASE_URL}/v/{cose.to_digits(signed)}"


def of(
    name: str, make: Callable[[], str], check: str, word: Word = Word.UNKNOWN, **more
) -> Forgery:
    return Forgery("code", name, make, check, word, **more)


FORGERIES = [
    of("on a look-alike host", at("https://sealpress.examp1e/v/{}"), "address"),
    of("on a host in look-alike letters", at("https://ѕealpress.example/v/{}"), "address"),
    of(
        "on a host that ends otherwise",
        at("https://sealpress.example.evil.example/v/{}"),
        "address",
    ),
    of(
        "with our host as a user's name",
        at("https://sealpress.example@evil.example/v/{}"),
        "address",
    ),
    of("without encryption", at("http://sealpress.example/v/{}"), "address"),
    of("another claim under the old signature", other_claim, "code_signature", Word.ALTERED),
    of("signed by another key of the same name", by_an_attacker, "code_signature", Word.ALTERED),
    of(
        "signed by an unknown key",
        by_an_unknown_key,
        "code_signature",
        state=CheckState.NOT_CHECKED,
    ),
    of(
        "signed by the stolen key for another machine",
        by_the_stolen_key,
        "registered_data",
        Word.ALTERED,
        seen_offline=False,
    ),
    of("cut short", lambda: genuine_code()[:-9], "readable", Word.UNREADABLE),
]
