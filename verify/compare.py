"""Checks against facts outside the file or code: the register, and the machine's plate."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace

from signing import cose
from verify import conclude as c
from verify import dataset, presentation
from verify.check import Check, CheckState, Examination
from verify.dataset import DataSet
from verify.errors import MalformedDataSet
from verify.fault import said
from verify.numbers import normal
from verify.presentation import View
from verify.register import Entry
from verify.verdict import Altered

EARLIER = said("前面的检查未通过，此项未能进行", "not reached: an earlier check did not pass")
OFFLINE = said("未联网，未与登记库比对", "offline: not compared with the register")
NOT_FOUND = said(
    "此处没有签发过这样的证书；可能是旧的纸质证书，请向发证机关查询",
    "not issued here; it may be an old paper certificate: ask the issuing authority",
)


@dataclass(frozen=True)
class Compared:
    """Checks made, and the values in which the compared things differ."""

    checks: tuple[Check, ...]
    altered: tuple[Altered, ...] = ()

    def with_shown(self, shown: tuple[Altered, ...]) -> Compared:
        """The same, and what a page shows: of a value that differs in both, what was registered."""
        told = {item.field for item in self.altered}
        further = tuple(item for item in shown if item.field not in told)
        return replace(self, altered=(*self.altered, *further))


def passed(name: str, chinese: str, english: str) -> Check:
    """A check that passed."""
    return Check(name, CheckState.PASSED, said(chinese, english))


def failed(name: str, chinese: str, english: str) -> Check:
    """A check that failed."""
    return Check(name, CheckState.FAILED, said(chinese, english))


def missing(reason: str, *names: str, advisory: bool = False) -> tuple[Check, ...]:
    """Checks that were not made, all for one reason."""
    return tuple(Check(name, CheckState.NOT_CHECKED, reason, advisory) for name in names)


def registered() -> Check:
    """The check that the register knows the certificate, passed."""
    return passed(c.REGISTERED, "登记库中有此证书", "the register has this certificate")


def not_registered() -> Check:
    """The check that the register knows the certificate, failed."""
    return Check(c.REGISTERED, CheckState.FAILED, NOT_FOUND)


def is_registered_file(entry: Entry, kind: str, sha256: str) -> bool:
    """Whether a file is to the byte the one issued in its format."""
    return sha256 == (entry.pdf_sha256 if kind == "pdf" else entry.ofd_sha256)


def file_with(
    entry: Entry, examination: Examination, found: DataSet, sha256: str, view: View
) -> Compared:
    """A file's digest and its data set, which reads as `found`, against those registered."""
    altered: tuple[Altered, ...] = ()
    if examination.dataset == entry.dataset and _agrees(entry, found):
        data = passed(c.DATA_SET, "数据与登记一致", "the data are those registered")
    elif examination.dataset == entry.dataset:
        data = failed(
            c.DATA_SET,
            "登记库对此证书的其他记载与所登记的数据不符",
            "what else the register says of this certificate is not what its data say",
        )
    else:
        altered = _differences(entry, examination.dataset or b"", view)
        names = "、".join(item.label for item in altered)
        data = failed(
            c.DATA_SET,
            f"数据与登记不一致：{names}" if names else "数据与登记不一致",
            "the data are not those registered",
        )
    if is_registered_file(entry, examination.kind, sha256):
        exact = passed(c.BYTES, "文件与签发时逐字节相同", "the file is the one that was issued")
    else:
        exact = failed(c.BYTES, "文件不是签发的那一份", "the file is not the one that was issued")
    return Compared((registered(), data, exact), altered)


def _agrees(entry: Entry, data: DataSet) -> bool:
    """Whether what an entry says beside its data set, and is shown to people, is what that says."""
    return (
        data.number,
        data.version,
        data.type,
        data.layout_version,
        data.issued_on.isoformat(),
        data.authority.code,
    ) == (
        entry.number,
        entry.version,
        entry.type,
        entry.layout_version,
        entry.issued_on,
        entry.authority_code,
    )


def codes_with(
    entry: Entry, checks: tuple[Check, ...], found: tuple[str, ...]
) -> tuple[tuple[Check, ...], tuple[Altered, ...]]:
    """The codes on a page against those registered: `shown` fails where one is of another.

    A code of ours says itself whose it is; that of the platform, and where a code leads, only the
    register knows.
    """
    known = {entry.code, entry.platform_code}
    strange = [text for text in found if text not in known]
    if entry.code is None or not strange:
        return checks, ()
    differs = failed(
        c.SHOWN, "页面上的二维码不是登记的二维码", "the code on the page is not the one registered"
    )
    made = tuple(
        differs if one.id == c.SHOWN and one.state is CheckState.PASSED else one for one in checks
    )
    return made, tuple(presentation.code_difference(text) for text in strange)


def is_code_of(entry: Entry, claims: cose.CodeClaims) -> bool:
    """Whether a code is of an entry's data set, and says nothing else than that.

    The digest alone would do for codes of ours: but who has the key can put it beside any number.
    """
    printed = entry.face.get(entry.second_field, "")
    return (
        hashlib.sha256(entry.dataset).digest() == claims.dataset_sha256
        and (claims.number, claims.version, claims.issued_on, claims.status_index)
        == (entry.number, entry.version, entry.issued_on, entry.status_index)
        and cose.same_factory_number(claims.factory_number, printed)
    )


def code_with(entry: Entry | None) -> Check:
    """What a code says against the registered data: `entry` is the one that it is of."""
    if entry is not None:
        return passed(c.DATA_SET, "二维码与登记的数据一致", "the code is of the registered data")
    return failed(c.DATA_SET, "二维码与登记的数据不一致", "the code is not of the registered data")


def same_machine(entry: Entry, number: str, factory_number: str) -> bool:
    """Whether a certificate number and the value beside it are an entry's, in normal form.

    The value is the factory number, or what a type without one has in its place (second_field).
    """
    second = entry.face.get(entry.second_field, "")
    return same_pair(entry.number, second, number, factory_number)


def same_pair(own_number: str, second: str, number: str, factory_number: str) -> bool:
    """Whether a number and the value beside it are those of a certificate, in normal form.

    Compared in constant time: the pair is what keeps the register from being walked through.
    """
    pair = (own_number, second)
    same_number, same_factory = (
        hmac.compare_digest(
            normal(ours).encode(errors="replace"), normal(theirs).encode(errors="replace")
        )
        for ours, theirs in zip(pair, (number, factory_number), strict=True)
    )
    return same_number and same_factory and bool(normal(factory_number))


def plate_with(claimed: str | None, plate: str, labels: Mapping[str, str]) -> Compared:
    """The factory number of a certificate against the one read from a machine's plate.

    A code has room for a long factory number's beginning only. Where that agrees, the rest stays
    unchecked and is said so.
    """
    if not claimed or not normal(plate):
        reason = said("没有可比对的出厂编号", "there is no factory number to compare")
        return Compared(missing(reason, c.PLATE))
    ours, theirs = normal(claimed), normal(plate)
    if not cose.same_factory_number(ours, theirs):
        check = failed(
            c.PLATE,
            "铭牌上的出厂编号与证书不符：此证书不属于这台设备",
            "the plate's factory number differs: this certificate is of another machine",
        )
        return Compared((check,), (presentation.plate_difference(claimed, plate, labels),))
    if ours != theirs:
        reason = said(
            "二维码只含出厂编号的前一部分，该部分一致，其余请联网核对",
            "the code has only the beginning of the factory number, which agrees",
        )
        return Compared(missing(reason, c.PLATE, advisory=True))
    check = passed(c.PLATE, "铭牌上的出厂编号与证书一致", "the plate's factory number agrees")
    return Compared((check,))


def _differences(entry: Entry, found: bytes, view: View) -> tuple[Altered, ...]:
    try:
        ours, theirs = dataset.parse(entry.dataset), dataset.parse(found)
    except MalformedDataSet:
        return ()
    return presentation.differences(ours, theirs, entry.labels, view)


def printed_names(found: DataSet) -> tuple[str | None, Mapping[str, str]]:
    """The title and the labels that a data set's layout prints; none where it is not known here."""
    from renderer import layout  # here: only a file without the register needs it
    from renderer.errors import RendererError

    try:
        form = layout.load(found.type, found.layout_version)
    except RendererError:
        return None, {}
    return form.title, form.labels
