"""Numbers and identifiers: what they are made of. No I/O; the ledger keeps the counters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from renderer.layout import Layout
from service.rules import letter_of
from verify.identifiers import LicenseId, make_license_id
from verify.numbers import normal


@dataclass(frozen=True)
class NumberScope:
    """One row of serials: its name for the counter, and how a number of it is written."""

    name: str
    form: str
    parts: Mapping[str, str]

    def number(self, serial: int) -> str:
        """The number with that serial, in normal form."""
        return normal(self.form.format(**self.parts, serial=serial))


def scope_of(layout: Layout, data: Mapping[str, Any]) -> NumberScope:
    """The scope in which a request's number is allotted: division, category and year of issue.

    Whether the categories of one authority share a counter is not said anywhere; here each has
    its own.
    """
    parts = {
        "division": str(data["authority"]["division"]),
        "letter": letter_of(layout, data) or "",
        "year": str(data["issued_on"])[:4],
    }
    name = ":".join((layout.id, parts["division"], parts["letter"], parts["year"]))
    return NumberScope(name, layout.number_allotment, parts)


def license_serial(number_normal: str) -> str:
    """The serial (流水号) of an identifier: the number's digits and capitals.

    Year and serial alone would collide where categories or divisions count apart.
    """
    return re.sub(r"[^0-9A-Z]", "", number_normal)


def license_id(
    layout: Layout, suffix: str, authority: str, number_normal: str, version: int
) -> LicenseId:
    """The electronic licence identifier (GB/T 36904) of one version of a certificate."""
    type_code = layout.codes["license_id"]["type_authority"] + suffix
    return make_license_id(type_code, authority, license_serial(number_normal), version)
