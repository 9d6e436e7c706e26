"""Numbers and identifiers: what they are made of. No I/O; the ledger keeps the counters."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from renderer.layout import Layout
from service import rules
from verify.identifiers import LicenseId, make_license_id
from verify.numbers import normal


class NotAllotted(Exception):
    """No number can be made by the layout's form; the message says why, in Chinese."""


@dataclass(frozen=True)
class NumberScope:
    """One row of serials: its name for the counter, and how a number of it is written."""

    name: str
    form: str
    parts: Mapping[str, str]
    pattern: re.Pattern[str]

    def number(self, serial: int) -> str:
        """The number with that serial, in normal form.

        Raises:
            NotAllotted: it is none of the layout's numbers: a part is not known, or the serials
                that the form has room for are used up.
        """
        number = normal(self.form.format(**self.parts, serial=serial))
        if self.pattern.fullmatch(number):
            return number
        if serial > 1 and self.pattern.fullmatch(normal(self.form.format(**self.parts, serial=1))):
            raise NotAllotted("流水号已用尽，无法再编号")
        raise NotAllotted("无法自动编号（代码表中没有该行政区划），请在请求中给出编号")


def scope_of(layout: Layout, data: Mapping[str, Any]) -> NumberScope:
    """The scope in which a request's number is allotted: all that the form has but the serial.

    Whether the categories of one authority share a counter is not said anywhere; here each has
    its own.
    """
    division, day = str(data["authority"]["division"]), str(data["issued_on"])
    parts = {
        "division": division,
        "region": rules.region(layout, division) or "",
        "letter": rules.letter_of(layout, data) or "",
        "year": day[:4],
        "date": day.replace("-", ""),
    }
    used = [part for _, part, _, _ in string.Formatter().parse(layout.number_allotment)]
    name = ":".join((layout.id, *(parts[part] for part in used if part in parts)))
    return NumberScope(name, layout.number_allotment, parts, rules.number_pattern(layout))


def license_serial(layout: Layout, number_normal: str, division: str) -> str:
    """The serial (流水号) of an identifier, made of the number's parts as the layout says.

    Year and serial alone would collide where categories or divisions count apart. Only digits and
    capitals may stand in it, so what else a number has is left out or told by the division.
    """
    match = rules.number_pattern(layout).fullmatch(number_normal)
    parts = match.groupdict() if match else {}
    return layout.license_serial.format(**{"division": division} | parts)


def license_id(
    layout: Layout, suffix: str, authority: Mapping[str, str], number_normal: str, version: int
) -> LicenseId:
    """The electronic licence identifier (GB/T 36904) of one version of a certificate."""
    type_code = layout.codes["license_id"]["type_authority"] + suffix
    serial = license_serial(layout, number_normal, authority["division"])
    return make_license_id(type_code, authority["code"], serial, version)
