"""The national platform's code on a page: opaque to us, known by what the register recorded.

Nothing in it is signed by us and nothing can be read out of it. What it proves is that somebody has
seen the code of that certificate; the platform gives codes that are not to be guessed, so to know
one is to hold the certificate or a copy of it.
"""

from __future__ import annotations

from typing import Final

from verify import compare, limits
from verify import conclude as c
from verify.check import Check
from verify.fault import said
from verify.register import Entry, Register

GENUINE: Final = (
    "这是全国平台赋的码，登记库中有此证书，请将下列内容与您所见的证书和设备逐项核对",
    "a code of the national platform's that the register has; compare what follows with what you "
    "see",
)

_OPAQUE: Final = said(
    "全国平台的赋码不含网址、签名和数据，仅与登记库比对",
    "the platform's code holds no address, signature or data: it is only looked up",
)


def find(text: str, base_url: str, register: Register) -> Entry | None:
    """The certificate that carries this very code, scanned as it is or put behind our address."""
    text = text.strip()
    if len(text) > limits.SCANNED_CHARACTERS or not text.isprintable():
        return None  # nothing printed, and a database may refuse it
    for content in (text, text.removeprefix(f"{base_url}/v/")):
        entry = register.by_platform_code(content) if content else None
        if entry is not None:
            return entry
    return None


def checks() -> tuple[Check, ...]:
    """The checks of a scanned code, as far as they exist for one of the platform's."""
    return (
        compare.passed(c.READABLE, "是全国平台的赋码", "it is a code of the national platform's"),
        *compare.missing(_OPAQUE, c.ADDRESS, c.SIGNATURE, advisory=True),
        compare.registered(),
        *compare.missing(_OPAQUE, c.DATA_SET, advisory=True),
    )
