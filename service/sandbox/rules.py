"""What the sandbox takes and refuses, in the platform's own words as far as they are known.

Known are "证书编号已存在" and "…和原证书（无电子证照）匹配关系校验失败"; the other sentences follow
them. Each rule works within a transaction of the store.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from service.platform.vocabulary import OTHER_STATE, Call, Vocabulary
from service.sandbox import secrets_of
from service.sandbox.store import Store

LICENSE_ROOT = "1.2.156.3005.2."
"""How every 电子证照标识 begins (GB/T 36904)."""

CODE_BYTES = 16
"""Random bytes in a code's identifier."""

COLLECTED, CODED, REPLACED, CANCELLED = "collected", "coded", "replaced", "cancelled"

_NEEDED: Mapping[Call, tuple[str, ...]] = {
    Call.CHECK: ("ecert_id", "province", "number", "holder_name", "holder_code", "operation"),
    Call.CODING: (
        "ecert_id",
        "province",
        "number",
        "holder_name",
        "holder_code",
        "operation",
        "authority_name",
        "authority_code",
        "issued_on",
        "state",
    ),
    Call.PERSONS: ("ecert_id", "number", "license_id", "operation"),
    Call.PERSONS_CANCEL: ("ecert_id", "number", "license_id", "operation"),
    Call.COLLECTION: ("code_id", "license_id", "preview_url"),
    Call.STATUS_CHANGE: ("ecert_id", "number", "license_id", "state", "operation"),
    Call.CORRECTION: ("ecert_id", "number"),
}


class Refused(Exception):
    """What the platform says against an entry."""


@dataclass(frozen=True)
class Said:
    """An entry by our names, with what the platform calls things, and the certificate's type."""

    type: str
    words: Vocabulary
    entry: Mapping[str, Any]

    def __getitem__(self, name: str) -> str:
        """A value by our name; empty where it is missing or no text."""
        value = self.entry.get(self.words.fields.get(name, ""))
        return value if isinstance(value, str) else ""

    @property
    def number(self) -> str:
        """The certificate's number in half-width characters, without spaces."""
        return "".join(unicodedata.normalize("NFKC", self["number"]).split())

    @property
    def number_as_sent(self) -> str:
        """The same as it came, for words."""
        return self["number"]


class Rules:
    """The rules over a store, for the client with that public key."""

    def __init__(self, store: Store, key: RSAPublicKey) -> None:
        self._store, self._key = store, key
        self._rules: Mapping[Call, Callable[[Said], dict[str, str]]] = {
            Call.CHECK: self._check,
            Call.CODING: self._code,
            Call.PERSONS: self._add_persons,
            Call.PERSONS_CANCEL: self._cancel_persons,
            Call.COLLECTION: self._collect,
            Call.STATUS_CHANGE: self._change_status,
            Call.CORRECTION: self._correct,
        }

    def apply(self, call: Call, said: Said) -> dict[str, str]:
        """Do what an entry asks for; gives what is handed out. Raises Refused."""
        for name in _NEEDED[call]:
            if not said[name]:
                raise Refused(f"缺少必填项：{said.words.fields.get(name, name)}")
        return self._rules[call](said)

    def _check(self, said: Said) -> dict[str, str]:
        self._require_free(said)
        return {}

    def _code(self, said: Said) -> dict[str, str]:
        if known := self._store.find(ecert_id=said["ecert_id"]):
            # The same data again bring the same code again: an answer may have been lost.
            if known[0]["entry"] != dict(said.entry):
                raise Refused(f"数据唯一标识{said['ecert_id']}已存在，且数据不一致")
            return _handed_out(known[0])
        self._require_free(said)
        self._require_whole_face(said)
        if said["state"] != said.words.state["valid"]:
            raise Refused("证书状态certState不正确")
        code_id = secrets.token_hex(CODE_BYTES).upper()
        encrypted_code, encrypted_key = secrets_of.encrypted(code_id, self._key)
        self._store.add(
            ecert_id=said["ecert_id"],
            type=said.type,
            number=said.number,
            state=CODED,
            code_id=code_id,
            encrypted_code=encrypted_code,
            encrypted_key=encrypted_key,
            replaces=said["replaces"],
            entry=dict(said.entry),
            corrected={},
            persons_cancelled=0,
        )
        (made,) = self._store.find(ecert_id=said["ecert_id"])
        return _handed_out(made)

    def _add_persons(self, said: Said) -> dict[str, str]:
        _require_operation(said, "new", "replace")
        found = self._of_license(said) or self._store.find(
            type=said.type, number=said.number, state=CODED
        )
        if not found:
            raise Refused(f"未查询到证书编号{said.number_as_sent}的赋码信息")
        (row,) = found[-1:]
        if row["persons"] is not None:
            raise Refused("证照人员信息已存在")
        persons = said.entry.get(said.words.fields.get("persons", ""))
        if not isinstance(persons, list) or not all(isinstance(one, dict) for one in persons):
            raise Refused("证照人员信息格式不正确")
        for one in persons:
            if not one.get(said.words.person.get("id_number", "")):
                raise Refused("证照人员信息缺少证件号码")
        self._store.change(row["ecert_id"], persons=persons, license_id=said["license_id"])
        return {}

    def _cancel_persons(self, said: Said) -> dict[str, str]:
        _require_operation(said, "cancel")
        for row in self._of_license(said):
            if row["persons_cancelled"]:
                raise Refused("注销证照人员信息已存在")
            if row["persons"] is not None:
                self._store.change(row["ecert_id"], persons_cancelled=1)
                return {}
        raise Refused(f"未查询到证书编号{said.number_as_sent}的证照人员信息")

    def _collect(self, said: Said) -> dict[str, str]:
        found = self._store.find(type=said.type, code_id=said["code_id"])
        if not found:
            raise Refused("赋码ID不存在")
        (row,) = found
        if row["state"] != CODED:
            raise Refused("归集数据已存在")
        if not said["license_id"].startswith(LICENSE_ROOT):
            raise Refused("证照标识格式不正确")
        if row["license_id"] not in (None, said["license_id"]):
            raise Refused("证照标识与赋码信息不一致")
        if any(one["ecert_id"] != row["ecert_id"] for one in self._of_license(said)):
            raise Refused("证照标识已存在")
        if not _is_address(said["preview_url"]):
            raise Refused("证照预览地址格式不正确")
        self._store.change(
            row["ecert_id"],
            state=COLLECTED,
            license_id=said["license_id"],
            preview_url=said["preview_url"],
        )
        for old in self._store.find(type=said.type, license_id=row["replaces"], state=COLLECTED):
            self._store.change(old["ecert_id"], state=REPLACED)
        return {}

    def _change_status(self, said: Said) -> dict[str, str]:
        _require_operation(said, "cancel")
        if said["state"] != said.words.state["cancelled"]:
            raise Refused("证书状态certState不正确")
        if said["state"] == OTHER_STATE and not said["state_description"]:
            raise Refused("证书状态为99时，certStatusDescription必填")
        for row in self._of_license(said):
            if row["number"] == said.number and row["state"] == CANCELLED:
                raise Refused("证书状态变更数据已存在")
            if row["number"] == said.number and row["state"] == COLLECTED:
                self._store.change(row["ecert_id"], state=CANCELLED)
                return {}
        raise Refused(f"{said.number_as_sent}（注销）和原证书（无电子证照）匹配关系校验失败")

    def _correct(self, said: Said) -> dict[str, str]:
        found = self._store.find(type=said.type, ecert_id=said["ecert_id"])
        if not found or found[0]["number"] != said.number:
            raise Refused(f"未查询到证书编号{said.number_as_sent}的赋码信息")
        named = {said.words.fields["ecert_id"], said.words.fields["number"]}
        changes = {name: value for name, value in said.entry.items() if name not in named}
        if not changes or not set(changes) <= set(said.words.face.values()):
            raise Refused("更正信息不正确")
        self._store.change(said["ecert_id"], corrected=found[0]["corrected"] | changes)
        return {}

    def _require_free(self, said: Said) -> None:
        """The number must be nobody's, or that of the very certificate that is replaced."""
        _require_operation(said, "new", "replace")
        rows = self._store.find(type=said.type, number=said.number)
        standing = [row for row in rows if row["state"] in (CODED, COLLECTED)]
        if said["operation"] == said.words.operation["replace"]:
            old = [row for row in standing if row["license_id"] == said["replaces"]]
            if not old or old[0]["state"] != COLLECTED:
                raise Refused(
                    f"{said.number_as_sent}（变更）和原证书（无电子证照）匹配关系校验失败"
                )
            standing.remove(old[0])
        if standing:
            raise Refused(f"证书编号已存在：{said.number_as_sent}")

    def _require_whole_face(self, said: Said) -> None:
        for name in said.words.subject:
            if not said.entry.get(said.words.face[name]):
                raise Refused(f"缺少必填项：{said.words.face[name]}")

    def _of_license(self, said: Said) -> list[dict[str, Any]]:
        return self._store.find(type=said.type, license_id=said["license_id"])


def _require_operation(said: Said, *operations: str) -> None:
    if said["operation"] not in {said.words.operation[one] for one in operations}:
        raise Refused("操作类型operateType不正确")


def _handed_out(row: Mapping[str, Any]) -> dict[str, str]:
    return {"encryCertid": row["encrypted_code"], "encryKey": row["encrypted_key"]}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
