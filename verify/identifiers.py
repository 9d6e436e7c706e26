"""Check digits and the electronic licence identifier (电子证照标识).

Unified social credit codes by GB 32100-2015, the identifier by GB/T 36904-2018, whose check
character is GB/T 17710-2008 (ISO/IEC 7064 MOD 37,36).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from verify.errors import MalformedIdentifier

ROOT: Final = "1.2.156.3005.2"
"""The arc under which GB/T 36904 hangs every electronic licence."""

_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_USCC: Final = re.compile(rf"[{_USCC_ALPHABET}]{{18}}")

_MOD_37_36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_AUTHORITY: Final = re.compile(r"[0-9A-Z]{18}")
_SERIAL: Final = re.compile(r"[0-9A-Z]{1,32}")  # 32: the longest seen is a GUID without hyphens
_TEXT: Final = re.compile(
    re.escape(ROOT)
    + r"\.(?P<type_code>[0-9A-Z]{18}[0-9]{3})\.(?P<authority>[0-9A-Z]{18})"
    + r"\.(?P<serial>[0-9A-Z]{1,32})\.(?P<version>[0-9]{3})\.(?P<check>[0-9A-Z])"
)
_LONGEST: Final = 104  # characters: root 14, 21, 18, 32, 3, 1 and five dots, with room


def uscc_valid(code: str) -> bool:
    """Whether a text is a unified social credit code with the right check character."""
    if not _USCC.fullmatch(code):
        return False
    return code[17] == uscc_check_character(code[:17])


def uscc_check_character(body: str) -> str:
    """The 18th character for the first 17 (GB 32100-2015).

    Raises:
        MalformedIdentifier: the body is not 17 characters of that alphabet.
    """
    if not _USCC.fullmatch(body + "0"):
        raise MalformedIdentifier(f"不是统一社会信用代码的前17位：{body[:20]!r}")
    total = sum(
        _USCC_ALPHABET.index(char) * weight
        for char, weight in zip(body, _USCC_WEIGHTS, strict=True)
    )
    return _USCC_ALPHABET[-total % 31]


def license_check(body: str) -> str:
    """The check character over digits and capitals (ISO/IEC 7064 MOD 37,36).

    For an identifier the body is type code + authority + serial + version, without root and dots.

    Raises:
        MalformedIdentifier: the body is empty or holds another character.
    """
    if not body or any(char not in _MOD_37_36 for char in body):
        raise MalformedIdentifier(f"校验位只能由数字和大写字母计算：{body[:80]!r}")
    product = 36
    for char in body:
        product = ((product + _MOD_37_36.index(char)) % 36 or 36) * 2 % 37
    return _MOD_37_36[(37 - product) % 36]


@dataclass(frozen=True)
class LicenseId:
    """An electronic licence identifier in its parts.

    `type_code` is the USCC of the body that defines the type and three digits, `authority` the
    USCC of the issuing body, `version` 1 for the first issue. `check` is what was read or
    computed: `valid` says whether it is right, because identifiers of other systems are seen
    whose check character is wrong.
    """

    type_code: str
    authority: str
    serial: str
    version: int
    check: str

    @property
    def valid(self) -> bool:
        """Whether the check character is the right one."""
        return self.check == license_check(self._body)

    @property
    def _body(self) -> str:
        return f"{self.type_code}{self.authority}{self.serial}{self.version:03d}"

    def __str__(self) -> str:
        return (
            f"{ROOT}.{self.type_code}.{self.authority}.{self.serial}"
            f".{self.version:03d}.{self.check}"
        )


def make_license_id(type_code: str, authority: str, serial: str, version: int) -> LicenseId:
    """A new identifier with its check character.

    Raises:
        MalformedIdentifier: a part is out of form, or the authority's USCC does not check.
    """
    if not _TYPE_CODE.fullmatch(type_code):
        raise MalformedIdentifier(f"证照类型代码应为18位统一社会信用代码加3位数字：{type_code!r}")
    if not uscc_valid(authority):
        raise MalformedIdentifier(f"颁证机构代码不是有效的统一社会信用代码：{authority!r}")
    if not _SERIAL.fullmatch(serial):
        raise MalformedIdentifier(f"流水号应为1至32位数字或大写字母：{serial!r}")
    if not 1 <= version <= 999:
        raise MalformedIdentifier(f"版本号应在1至999之间：{version}")
    body = f"{type_code}{authority}{serial}{version:03d}"
    return LicenseId(type_code, authority, serial, version, license_check(body))


def parse_license_id(text: str) -> LicenseId:
    """An identifier from its dotted form; the check character is read, not judged.

    Raises:
        MalformedIdentifier: the text has not that form. Lower case is never used in it.
    """
    match = _TEXT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise MalformedIdentifier(f"不是电子证照标识（GB/T 36904）：{text[:80]!r}")
    return LicenseId(
        type_code=match["type_code"],
        authority=match["authority"],
        serial=match["serial"],
        version=int(match["version"]),
        check=match["check"],
    )
