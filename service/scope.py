"""Whom an access key or a receiver is bound to: authorities by USCC, divisions by prefix. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from verify.identifiers import uscc_valid

_DIVISION = re.compile(r"[1-9][0-9](?:[0-9]{2}){0,2}")
_USCC_DIVISION = slice(2, 8)
"""Where a USCC names the division of the body that registered its holder (GB 32100-2015, 4.2)."""


class NoDivision(ValueError):
    """A text that is no division code (GB/T 2260) and no beginning of one."""


class NoScope(ValueError):
    """A table that binds to nothing that can be meant; the text says why, Chinese first."""


@dataclass(frozen=True)
class Scope:
    """What a key is bound to; an empty set binds to nothing, both empty mean all.

    `divisions` are beginnings of division codes: 45 is Guangxi, 4501 Nanning, 450103 one district.
    """

    authorities: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether the key is bound to nothing."""
        return not self.authorities and not self.divisions

    def names(self, authority_code: object) -> bool:
        """Whether the authority itself is within the scope, whatever division it acts in.

        A key that names no authorities takes those whose USCC was given out in its divisions:
        who merely posts a division of Nanning must not reach the seal of Shenyang.
        """
        code = authority_code if isinstance(authority_code, str) else ""
        if self.authorities:
            return code in self.authorities
        return self._within(code[_USCC_DIVISION])

    def covers(self, authority_code: object, division: object) -> bool:
        """Whether the key may act for that authority in that division (6 digits)."""
        where = division if isinstance(division, str) else ""
        return self.names(authority_code) and self._within(where)

    def _within(self, division: str) -> bool:
        return not self.divisions or division.startswith(tuple(self.divisions))


def division_prefix(text: str) -> str:
    """The beginning that all divisions within a division share: 450100 is 4501, 450000 is 45.

    Raises:
        NoDivision: it is neither 2, 4 nor 6 digits.
    """
    if not _DIVISION.fullmatch(text):
        raise NoDivision(text)
    while len(text) > 2 and text.endswith("00"):
        text = text[:-2]
    return text


def scope(authorities: Iterable[str], divisions: Iterable[str]) -> Scope:
    """The scope of a key.

    Raises:
        NoDivision: one of the divisions is none.
    """
    return Scope(frozenset(authorities), frozenset(division_prefix(one) for one in divisions))


def read(table: Mapping[str, Any]) -> Scope:
    """The scope that a TOML table gives by `authorities` and `divisions`; absent ones bind nothing.

    Raises:
        NoScope: one of them is no list of such codes, or is empty: that is a slip, which would
            bind to nothing whoever was to be bound.
    """
    found = {key: _codes(table, key) for key in ("authorities", "divisions")}
    if bad := [one for one in found["authorities"] if not uscc_valid(one)]:
        raise NoScope(f"不是有效的统一社会信用代码 (not a USCC): {', '.join(bad)}")
    try:
        return scope(found["authorities"], found["divisions"])
    except NoDivision as error:
        raise NoScope(f"不是行政区划代码 (not a division code): {error}") from None


def _codes(table: Mapping[str, Any], key: str) -> list[str]:
    if key not in table:
        return []
    codes = table[key]
    if isinstance(codes, list) and codes and all(isinstance(one, str) for one in codes):
        return codes
    raise NoScope(f"{key} 应为非空的文本列表 (must be a list of texts, not empty)")
