"""What of a certificate is shown to whom.

Two views. The public one masks personal names and gives nothing out of the register to somebody
who does not hold the certificate; the operator's shows what the register knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from signing.cose import CodeClaims
from verify.dataset import DataSet
from verify.register import Entry
from verify.verdict import Altered

PERSONAL_FACE_FIELDS: Final = frozenset(
    {
        "project_manager",
        "surveyor_manager",
        "designer_manager",
        "contractor_manager",
        "supervisor_manager",
    }
)
"""Face fields that hold a person's name, in any of the layouts; firms' names are not personal."""

MACHINE_FIELDS: Final = ("factory_number", "filing_number")
"""Face fields that also stand on the machine's plate: shown first, to be held against it."""

CODE_CHARACTERS: Final = 80
"""Of a code that is not ours: enough to see where it leads."""

_LABELS: Final[Mapping[str, str]] = {
    "type": "证照类型",
    "layout_version": "版式版本",
    "license_id": "电子证照标识",
    "number": "证书编号",
    "version": "版本号",
    "authority.name": "发证机关",
    "authority.code": "发证机关代码",
    "authority.division": "行政区划代码",
    "holder.name": "持证主体",
    "holder.code": "持证主体代码",
    "issued_on": "发证日期",
    "status_index": "状态列表位置",
    "face.factory_number": "出厂编号",
    "face.filing_number": "备案编号",
}


@dataclass(frozen=True)
class View:
    """Who is looking: face fields whose values are masked, and whether the register is guarded.

    Guarded: a number alone opens nothing, since numbers are public and run in sequence. A file or
    code proves itself by its signature; otherwise the factory number must be known too.
    """

    masked: frozenset[str]
    guarded: bool


PUBLIC: Final = View(masked=PERSONAL_FACE_FIELDS, guarded=True)
OPERATOR: Final = View(masked=frozenset(), guarded=False)


def masked_name(name: str) -> str:
    """A person's name with all but its first character hidden: 王示例 becomes 王**."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def of_entry(entry: Entry, view: View) -> dict[str, Any]:
    """A certificate as the register knows it, factory and filing number first."""
    return {
        **_machine(entry.face),
        "number": entry.number,
        "license_id": entry.license_id,
        "version": entry.version,
        "type": entry.type,
        "title": entry.title,
        "authority": {"name": entry.authority_name, "code": entry.authority_code},
        "holder": {"name": entry.holder_name},
        "issued_on": entry.issued_on,
        "development": entry.development,
        "face": _face(entry.face, entry.labels, view),
    }


def of_dataset(
    found: DataSet, title: str | None, labels: Mapping[str, str], view: View
) -> dict[str, Any]:
    """A certificate by the signed data set of its file alone, without the register."""
    return {
        **_machine(found.face),
        "number": found.number,
        "license_id": found.license_id,
        "version": found.version,
        "type": found.type,
        "title": title,
        "authority": {"name": found.authority.name, "code": found.authority.code},
        "holder": {"name": found.holder.name},
        "issued_on": found.issued_on.isoformat(),
        "development": None,
        "face": _face(found.face, labels, view),
    }


def of_claims(claims: CodeClaims) -> dict[str, Any]:
    """A certificate by its code alone: what is not in the code is None."""
    return {
        "factory_number": claims.factory_number,
        "filing_number": None,
        "number": claims.number,
        "license_id": None,
        "version": claims.version,
        "type": None,
        "title": None,
        "authority": None,
        "holder": None,
        "issued_on": claims.issued_on,
        "development": None,
        "face": [],
    }


def differences(
    signed: DataSet, found: DataSet, labels: Mapping[str, str], view: View
) -> tuple[Altered, ...]:
    """Every value in which a file's data set differs from the one registered."""
    ours, theirs = _flat(signed), _flat(found)
    return tuple(
        _altered(field, ours.get(field, ""), theirs.get(field, ""), labels, view)
        for field in dict.fromkeys((*ours, *theirs))
        if ours.get(field) != theirs.get(field)
    )


def seen(altered: tuple[Altered, ...], signed: DataSet | None, view: View) -> tuple[Altered, ...]:
    """What a page shows instead of what was signed, as this viewer may see it.

    A name that is masked in its own place is masked too where it was moved to.
    """
    face = {} if signed is None else signed.face
    names = [face[key] for key in view.masked if face.get(key)]
    return tuple(_seen_on_page(item, names, view) for item in altered)


def _seen_on_page(item: Altered, names: list[str], view: View) -> Altered:
    key = item.field.removeprefix("face.")
    if key in view.masked:
        return replace(item, signed=masked_name(item.signed), found=masked_name(item.found))
    found, signed = item.found, item.signed
    for name in names:
        found, signed = (text.replace(name, masked_name(name)) for text in (found, signed))
    return replace(item, signed=signed, found=found)


def code_difference(found: str) -> Altered:
    """A code on a page that is not the one registered; how that reads is nobody's business."""
    label = "二维码"
    shown = found if len(found) <= CODE_CHARACTERS else found[:CODE_CHARACTERS] + "…"
    return Altered("code", label, "登记的二维码", "".join(filter(str.isprintable, shown)))


def masked_altered(altered: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Alterations in their public form with persons' names masked, whoever was looking."""
    return [
        {
            name: masked_name(value)
            if name in {"signed", "found"}
            and item["field"].removeprefix("face.") in PERSONAL_FACE_FIELDS
            and "*" not in value
            else value
            for name, value in item.items()
        }
        for item in altered
    ]


def plate_difference(signed: str, plate: str, labels: Mapping[str, str]) -> Altered:
    """The factory number of a certificate against the one read from a machine's plate."""
    field = "face.factory_number"
    return Altered(field, labels.get("factory_number", _LABELS[field]), signed, plate)


def _machine(face: Mapping[str, str]) -> dict[str, str | None]:
    return {field: face.get(field) for field in MACHINE_FIELDS}


def _face(face: Mapping[str, str], labels: Mapping[str, str], view: View) -> list[dict[str, str]]:
    """The face in its printed order, which is that of the labels; keys without one come last."""
    order = [key for key in labels if key in face] + [key for key in face if key not in labels]
    return [
        {"field": key, "label": labels.get(key, key), "value": _seen(key, face[key], view)}
        for key in order
    ]


def _seen(key: str, value: str, view: View) -> str:
    return masked_name(value) if key in view.masked else value


def _altered(field: str, signed: str, found: str, labels: Mapping[str, str], view: View) -> Altered:
    key = field.removeprefix("face.")
    label = _LABELS.get(field, field) if key == field else labels.get(key, _LABELS.get(field, key))
    if key == field:
        return Altered(field, label, signed, found)
    return Altered(field, label, _seen(key, signed, view), _seen(key, found, view))


def _flat(data: DataSet) -> dict[str, str]:
    """A data set as dotted fields, in the order in which a person would compare them."""
    fields = {
        "number": data.number,
        "license_id": data.license_id,
        "version": str(data.version),
        "type": data.type,
        "layout_version": data.layout_version,
        "authority.name": data.authority.name,
        "authority.code": data.authority.code,
        "authority.division": data.authority.division,
        "holder.name": data.holder.name,
        "holder.code": data.holder.code,
        "issued_on": data.issued_on.isoformat(),
    }
    if data.status_index is not None:
        fields["status_index"] = str(data.status_index)
    return fields | {f"face.{key}": value for key, value in data.face.items()}
