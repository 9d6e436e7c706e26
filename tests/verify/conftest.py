"""A small world to verify in: an in-memory register, a code key, a clock that stands still."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signing import cose, p256, status_list
from verify import dataset
from verify.identifiers import make_license_id
from verify.numbers import normal
from verify.register import Entry, Pair, StatusChange

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ISSUED = datetime(2024, 9, 20, 1, 0, tzinfo=UTC)
BASE_URL = "https://sealpress.example"
LABELS = {
    "equipment_category": "设备类别",
    "model": "规格型号",
    "factory_number": "出厂编号",
    "filing_number": "备案编号",
    "manufacturer": "制造单位",
    "owner": "产权单位",
    "project_name": "工程名称",
    "project_address": "工程项目地址",
    "construction_permit_number": "施工许可证编号",
    "user": "使用单位",
    "maintainer": "维保单位",
    "project_manager": "使用单位项目负责人",
    "installer": "安装单位",
    "installed_on": "安装日期",
    "inspector": "检测单位",
    "inspected_on": "检测日期",
}
_SAMPLES = Path(__file__).parent.parent / "samples"


class MemoryRegister:
    """The register's interface over a list; newest first, as it is asked for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def by_license_id(self, license_id: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.license_id == license_id), None)

    def by_number(self, normal_number: str) -> Sequence[Entry]:
        return [entry for entry in reversed(self.entries) if normal(entry.number) == normal_number]

    def pairs(self, normal_number: str) -> Sequence[Pair]:
        return [
            Pair(entry.license_id, entry.number, entry.face.get(entry.second_field, ""))
            for entry in self.by_number(normal_number)
        ]

    def by_platform_code(self, content: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.platform_code == content), None)

    def by_document(self, sha256: str) -> Entry | None:
        digests = ((entry, (entry.pdf_sha256, entry.ofd_sha256)) for entry in self.entries)
        return next((entry for entry, both in digests if sha256 in both), None)


@dataclass
class World:
    """A register with the tower crane of sample 01 in it, and what else verifying needs."""

    register: MemoryRegister = field(default_factory=MemoryRegister)
    now: datetime = NOW
    base_url: str = BASE_URL

    def __post_init__(self) -> None:
        self.code_key = _key("code")
        self.list_key = _key("list")
        self.anchors: Any = SimpleNamespace(
            code_keys={self.code_key.kid: self.code_key.public_key},
            revoked_keys={},
            list_keys={"list": self.list_key.public_key},
        )
        self.crane = self.add("01-tower-crane.json")

    def add(self, sample: str, version: int = 1, **changed: Any) -> Entry:
        """Enter a sample as issued on ISSUED, with a valid status."""
        request = json.loads((_SAMPLES / sample).read_text("utf-8"))
        request |= changed
        authority, number = request["authority"], request["number"]
        serial = "".join(char for char in normal(number) if char.isascii() and char.isalnum())
        license_id = make_license_id("11100000000013338W999", authority["code"], serial, version)
        index = len(self.register.entries)
        data = dataset.build(
            type=request["type"],
            layout_version="C0330-2023",
            license_id=str(license_id),
            number=number,
            version=version,
            authority=authority,
            holder=request["holder"],
            issued_on=request["issued_on"],
            face=request["face"],
            status_index=index,
        )
        entry = Entry(
            license_id=str(license_id),
            number=number,
            version=version,
            type=request["type"],
            layout_version="C0330-2023",
            title="建筑起重机械使用登记证书",
            authority_name=authority["name"],
            authority_code=authority["code"],
            holder_name=request["holder"]["name"],
            issued_on=request["issued_on"],
            face=request["face"],
            labels=LABELS,
            dataset=data,
            pdf_sha256=hashlib.sha256(b"pdf" + data).hexdigest(),
            ofd_sha256=hashlib.sha256(b"ofd" + data).hexdigest(),
            status_index=index,
            history=(StatusChange("valid", ISSUED, ISSUED, "新办证照"),),
            development=False,
        )
        self.register.entries.append(entry)
        return entry

    def change(self, entry: Entry, **changed: Any) -> Entry:
        """Replace an entry in the register by one that differs."""
        place = self.register.entries.index(entry)
        self.register.entries[place] = replace(entry, **changed)
        return self.register.entries[place]

    def cancel(self, entry: Entry, effective: datetime | None = None) -> Entry:
        """Cancel an entry, yesterday unless said otherwise, known an hour later."""
        effective = effective or self.now - timedelta(days=1)
        change = StatusChange(
            "cancelled", effective, effective + timedelta(hours=1), "拆卸告知办结"
        )
        return self.change(entry, history=(*entry.history, change))

    def code(self, entry: Entry, **claimed: Any) -> str:
        """The text of an entry's QR code."""
        claims = cose.CodeClaims(
            number=entry.number,
            version=entry.version,
            factory_number=entry.face["factory_number"],
            issued_on=entry.issued_on,
            dataset_sha256=hashlib.sha256(entry.dataset).digest(),
            status_index=entry.status_index,
        )
        signed = cose.encode(replace(claims, **claimed), self.code_key)
        return f"{self.base_url}/v/".upper() + cose.to_digits(signed)

    def token(self, *cancelled: int, old: timedelta = timedelta()) -> str:
        """A signed status list of that age, as published."""
        return status_list.encode(
            cancelled,
            1024,
            uri=f"{self.base_url}/trust/status-list.jwt",
            sequence=1,
            issued_at=self.now - old,
            key=self.list_key,
            kid="list",
        )

    def status_list(
        self, *cancelled: int, old: timedelta = timedelta(hours=1)
    ) -> status_list.StatusList:
        """A signed status list of that age, read back."""
        token = self.token(*cancelled, old=old)
        return status_list.decode(token, {"list": self.list_key.public_key})


_KEYS: dict[str, p256.P256Key] = {}


def _key(name: str) -> p256.P256Key:
    if name not in _KEYS:
        private = ec.generate_private_key(ec.SECP256R1())
        _KEYS[name] = p256.from_private_key(f"memory:{name}", private)
    return _KEYS[name]


@pytest.fixture
def world() -> World:
    return World()
