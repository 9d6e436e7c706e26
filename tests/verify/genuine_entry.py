"""What a register knows of the genuine pair of files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import genuine

from verify import dataset
from verify.register import Entry, StatusChange

LABELS = {"model": "规格型号", "factory_number": "出厂编号", "filing_number": "备案编号"}
ISSUED = datetime(2024, 9, 20, tzinfo=UTC)


def entry(**changed: Any) -> Entry:
    """The entry, valid since it was issued; named values replace those of the genuine one."""
    return replace(_entry(), **changed)


@cache
def _entry() -> Entry:
    found = dataset.parse(genuine.DATASET)
    return Entry(
        license_id=found.license_id,
        number=found.number,
        version=found.version,
        type=found.type,
        layout_version=found.layout_version,
        title="建筑起重机械使用登记证书",
        authority_name=found.authority.name,
        authority_code=found.authority.code,
        holder_name=found.holder.name,
        issued_on=found.issued_on.isoformat(),
        face=found.face,
        labels=LABELS,
        dataset=genuine.DATASET,
        pdf_sha256=hashlib.sha256(genuine.genuine_pdf()).hexdigest(),
        ofd_sha256=hashlib.sha256(genuine.genuine_ofd()).hexdigest(),
        status_index=found.status_index or 0,
        history=(StatusChange("valid", ISSUED, ISSUED, "新办证照"),),
        development=True,
    )
