"""What a file or a code proves by itself, before anything else is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from signing import cose
from verify import code as codes
from verify import compare, dataset, key_life, limits, sniff
from verify import conclude as c
from verify.check import Check, CheckState, Examination
from verify.dataset import DataSet
from verify.errors import MalformedDataSet
from verify.fault import said
from verify.shown import outcome

if TYPE_CHECKING:
    from signing.trust import TrustAnchors


def of_file(data: bytes, examination: Examination) -> tuple[Check, ...]:
    """`readable`, `ours`, and what examining has found."""
    return (_readable(data, examination), _ours(examination), *examination.checks)


def examined(
    data: bytes,
    anchors: TrustAnchors,
    now: datetime,
    recorded_at: datetime | None = None,
    as_issued: bool = False,
) -> Examination:
    """What the file's own bytes tell, and its page: every check of the file but `of_file`'s own.

    `recorded_at` is when the register recorded exactly this file, if it is known to have done so;
    with `as_issued` it is known to have recorded it, and the page need not be looked at.
    """
    examination = _examined(data, anchors, now, recorded_at)
    return (
        examination
        if examination.kind == "other"
        else _shown(data, examination, anchors, as_issued)
    )


def _shown(
    data: bytes, examination: Examination, anchors: TrustAnchors, as_issued: bool
) -> Examination:
    """The same with the check `shown`, and what it has found."""
    found = data_set(examination)
    if as_issued:
        shown = outcome.as_issued()
    elif found is None or examination.dataset is None:
        shown = outcome.unlooked(compare.EARLIER)
    else:
        from verify.shown import look  # here: it loads fonts and layouts

        shown = look.judge(examination, data, found, anchors)
    return replace(
        examination,
        checks=(*examination.checks, shown.check),
        altered=shown.altered,
        codes=shown.codes,
        opened=None,
    )


def _examined(
    data: bytes, anchors: TrustAnchors, now: datetime, recorded_at: datetime | None
) -> Examination:
    """What the file's own bytes tell. The modules are heavy: only the one needed is imported."""
    kind = sniff.kind(data) if len(data) <= limits.FILE_BYTES else "other"
    if kind == "pdf":
        from verify import pdf

        return pdf.examine(data, anchors, now, recorded_at)
    if kind == "ofd":
        from verify import ofd

        return ofd.examine(data, anchors, now, recorded_at)
    return Examination("other", readable=False, ours=False, checks=())


def _readable(data: bytes, examination: Examination) -> Check:
    if len(data) > limits.FILE_BYTES:
        size = limits.FILE_BYTES // 2**20
        return compare.failed(
            c.READABLE, f"文件超过{size} MiB", f"the file is larger than {size} MiB"
        )
    if examination.kind == "other":
        return compare.failed(
            c.READABLE, "文件为空、已损坏，或不是PDF、OFD", "empty, damaged, or neither PDF nor OFD"
        )
    kind = examination.kind.upper()
    if not examination.readable:
        broken = (check for check in examination.checks if check.state is CheckState.FAILED)
        chinese, english = c.halves(next((check.reason for check in broken), compare.EARLIER))
        return compare.failed(
            c.READABLE, f"不能作为{kind}读取：{chinese}", f"cannot be read as {kind}: {english}"
        )
    return compare.passed(c.READABLE, f"是{kind}文件", f"it is a file of the kind {kind}")


def _ours(examination: Examination) -> Check:
    if not examination.readable:
        return compare.missing(compare.EARLIER, c.OURS)[0]
    if not examination.ours:
        return Check(c.OURS, CheckState.FAILED, compare.NOT_FOUND)
    return compare.passed(c.OURS, "含有本系统的签名数据", "it carries a data set of ours")


def data_set(examination: Examination) -> DataSet | None:
    """The data set in a file, where it carries a sound one of ours."""
    if not examination.ours or examination.dataset is None:
        return None
    try:
        return dataset.parse(examination.dataset)
    except MalformedDataSet:
        return None


def of_code(
    scanned: codes.Scanned,
    signed: cose.SignedCode | None,
    base_url: str,
    anchors: TrustAnchors,
    record: Record,
) -> tuple[Check, ...]:
    """`readable`, `address` and `code_signature`."""
    if scanned.origin is codes.Origin.FOREIGN:
        address = compare.failed(
            c.ADDRESS,
            f"二维码指向 {scanned.host}，不是 {base_url}。仿冒网页是已知的犯罪手法，请勿打开，"
            "请向发证机关举报",
            f"the code leads to {scanned.host}, not to {base_url}. Cloned pages are a known "
            "crime: do not open it, report it to the authority",
        )
        readable = compare.passed(c.READABLE, "是网址", "it is an address")
        return readable, address, *compare.missing(compare.EARLIER, c.SIGNATURE)
    if signed is None:
        readable = compare.failed(
            c.READABLE,
            "不是本系统的二维码，或未扫描完整",
            "no code of ours, or cut off",
        )
        return readable, *compare.missing(compare.EARLIER, c.ADDRESS, c.SIGNATURE)
    return (
        compare.passed(c.READABLE, "二维码可读", "the code can be read"),
        compare.passed(c.ADDRESS, f"域名是 {scanned.host}", f"the host is {scanned.host}"),
        _signature(signed, anchors, record),
    )


@dataclass(frozen=True)
class Record:
    """What the register knows of a code's age, which matters once its key is revoked.

    `at` is the moment of asking, `asked` whether there is a register, `recorded_at` when it
    recorded this very code, None if it has none such. All times are aware.
    """

    at: datetime
    asked: bool = False
    recorded_at: datetime | None = None


def _signature(signed: cose.SignedCode, anchors: TrustAnchors, record: Record) -> Check:
    state = codes.signature(signed, anchors.code_keys)
    if state is CheckState.PASSED:
        found = key_life.judge_code_key(
            anchors.revoked_keys.get(signed.kid),
            record.recorded_at,
            asked=record.asked,
            at=record.at,
        )
        return Check(c.SIGNATURE, found.state, found.reason)
    if state is CheckState.FAILED:
        return compare.failed(c.SIGNATURE, "二维码签名无效", "the code's signature is wrong")
    kid = signed.kid.hex()
    reason = said(
        f"二维码的签名密钥未知（{kid}）", f"the key that signed the code is not known here: {kid}"
    )
    return Check(c.SIGNATURE, CheckState.NOT_CHECKED, reason)
