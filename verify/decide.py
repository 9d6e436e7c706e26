"""Deciding: a file, a code or a number in, with the facts to judge it by; a verdict out.

Which checks exist for which input, and what a failed one means (`verify.conclude` weighs them):

| check | file | code | number | failed |
|---|---|---|---|---|
| `readable` | yes | yes | | unreadable |
| `address`: the code's host is ours | | yes | | unknown |
| `ours`: carries a data set of ours | yes | | | unknown |
| those of `verify.pdf` or `verify.ofd` | yes | | | altered |
| `shown`: the page shows what the data set says | yes | | | altered |
| `code_signature`, by a key that is known and not revoked before | | yes | | altered |
| `registered`: the register has it | yes | yes | yes | unknown |
| `registered_data`: the same data set | yes | yes | | altered |
| `registered_bytes`: one of the files issued | yes | | | altered |
| `status` at the moment asked about | yes | yes | yes | cancelled, or unknown |
| `plate`: the machine's factory number | if given | if given | | altered |

Without the register (offline) the three `registered` checks are advisory: listed as not made, and
not in the way of `valid`, because the signatures stand for them. The status then comes from a
signed status list; a file's data set and a code both say their place in it. Authenticity is always
judged as of now; only the status is told for another moment.

A PDF that the register has to the byte is known by its digest (`verify.issued_pdf`); what a key
must say of it is judged all the same.

What expired or was revoked since needs a proof of time (`verify.key_life`). A file may bring one
along. Online the register is one too: for a file that is to the byte the one it recorded, and for
the very code that it recorded.

To the public (`View.guarded`) nothing out of the register is told about a file that does not prove
itself, by its signatures or by knowing both the number and the factory number: anybody can make a
file with a number in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Protocol

from signing import cose
from verify import code as codes
from verify import (
    compare,
    file_digests,
    held_lists,
    limits,
    platform_code,
    presentation,
    proof,
    status,
)
from verify import conclude as c
from verify.check import Check, CheckState, Examination
from verify.dataset import DataSet
from verify.errors import MalformedIdentifier
from verify.fault import said
from verify.held_lists import Held
from verify.identifiers import parse_license_id
from verify.numbers import normal
from verify.presentation import PUBLIC, View
from verify.register import Entry, Register
from verify.times import SHANGHAI
from verify.verdict import NO_STATUS, Altered, Verdict, all_passed

if TYPE_CHECKING:
    from signing.status_list import StatusList
    from signing.trust import TrustAnchors

_GUARDED = said(
    "文件未通过自身检查，不据此透露登记信息",
    "the file does not prove itself, so nothing of the register is told",
)


class Examine(Protocol):
    """What examines a file by its own bytes, as `verify.proof.examined` does."""

    def __call__(self, data: bytes, anchors: TrustAnchors, now: datetime, /) -> Examination:
        """The report."""


@dataclass(frozen=True)
class _Asked:
    """What a decision was asked with, as the public functions say."""

    register: Register | None
    at: datetime
    now: datetime
    status_list: StatusList | Held | None
    view: View
    plate: str | None


def file(
    data: bytes,
    *,
    register: Register | None,
    anchors: TrustAnchors,
    at: datetime,
    now: datetime,
    status_list: StatusList | Held | None = None,
    view: View = PUBLIC,
    plate: str | None = None,
    examine: Examine | None = None,
) -> Verdict:
    """The verdict on a file's bytes.

    `at` is the moment whose status is asked for and `now` this one, both aware; `register` is None
    when offline, where `status_list` serves; `plate` is the factory number on the machine.
    `examine`, if given, looks at a file that the register does not have to the byte: a stranger's,
    which is one that should be looked at elsewhere (`verify.isolation`).
    """
    asked = _Asked(register, at, now, status_list, view, plate)
    digests = file_digests.of(data)
    sha256 = digests.sha256
    known = None if register is None else register.by_document(sha256)
    if known is None:
        examination = (examine or proof.examined)(data, anchors, now)
    else:
        from verify import issued_pdf  # here: only the register knows files by their digests

        quick = issued_pdf.examined(data, digests, known, anchors, now)
        examination = quick or proof.examined(data, anchors, now, None, True)
    own = proof.of_file(data, examination)
    found = proof.data_set(examination)
    shown = presentation.seen(examination.altered, found, view)
    if found is None or examination.dataset is None:
        return _nothing_found(own, asked, c.DATA_SET, c.BYTES)
    if register is None:
        return _file_offline(own, found, asked, shown)
    if known is not None and known.license_id == found.license_id:
        entry: Entry | None = known
    else:
        entry = _registered(found.license_id, register)
    exact = entry is not None and compare.is_registered_file(entry, examination.kind, sha256)
    if exact and entry is not None and entry.recorded_at is not None and not all_passed(own):
        # A file that is to the byte the one recorded is as old as the record: perhaps older than
        # the end of a certificate or its revocation, which it could not prove by itself.
        proven = proof.examined(data, anchors, now, entry.recorded_at, True)
        own = proof.of_file(data, proven)
    if not (exact or all_passed(own)) and not _may_be_told(entry, found, view):
        return _nothing_found(own, asked, c.DATA_SET, c.BYTES, reason=_GUARDED, altered=shown)
    if entry is None:
        checks = (*own, compare.not_registered())
        return _nothing_found(checks, asked, c.DATA_SET, c.BYTES, altered=shown)
    own, codes_differ = compare.codes_with(entry, own, examination.codes)
    compared = compare.file_with(entry, examination, found, sha256, view)
    compared = compared.with_shown((*shown, *codes_differ))
    return _with_entry((*own, *compared.checks), entry, asked, compared)


def code(
    text: str,
    *,
    register: Register | None,
    anchors: TrustAnchors,
    status_list: StatusList | Held | None,
    base_url: str,
    at: datetime,
    now: datetime,
    view: View = PUBLIC,
    plate: str | None = None,
) -> Verdict:
    """The verdict on the text of a scanned code; `base_url` says which host is ours.

    `at`, `now`, `register`, `status_list` and `plate` as for `file`.
    """
    asked = _Asked(register, at, now, status_list, view, plate)
    scanned = codes.read(text, base_url)
    signed = codes.decode(scanned.digits) if scanned.origin is codes.Origin.OURS else None
    if signed is None and register is not None:
        held = platform_code.find(text, base_url, register)
        if held is not None:
            return _with_entry(platform_code.checks(), held, asked, genuine=platform_code.GENUINE)
    own = proof.of_code(
        scanned, signed, base_url, anchors, _record(scanned, signed, anchors, asked)
    )
    if signed is None or not all_passed(own):
        return _nothing_found(own, asked, c.DATA_SET)
    if register is None:
        return _code_offline(own, signed.claims, asked)
    entries = register.by_number(normal(signed.claims.number))
    if not entries:
        return _nothing_found((*own, compare.not_registered()), asked, c.DATA_SET)
    entry = next((entry for entry in entries if compare.is_code_of(entry, signed.claims)), None)
    checks = (*own, compare.registered(), compare.code_with(entry))
    if entry is None:
        return _nothing_found(checks, asked)
    return _with_entry(checks, entry, asked)


def _record(
    scanned: codes.Scanned,
    signed: cose.SignedCode | None,
    anchors: TrustAnchors,
    asked: _Asked,
) -> proof.Record:
    """When the register recorded this very code: asked only of a code whose key is revoked.

    And only of one that this key did sign: others may claim a number that no register can take.
    """
    if asked.register is None or signed is None or signed.kid not in anchors.revoked_keys:
        return proof.Record(asked.now, asked=asked.register is not None)
    if codes.signature(signed, anchors.code_keys) is not CheckState.PASSED:
        return proof.Record(asked.now, asked=True)
    entries = asked.register.by_number(normal(signed.claims.number))
    recorded = (one.recorded_at for one in entries if codes.is_content(one.code, scanned.digits))
    return proof.Record(asked.now, asked=True, recorded_at=next(recorded, None))


def number(
    number: str,
    factory_number: str | None,
    *,
    register: Register,
    at: datetime,
    now: datetime,
    view: View = PUBLIC,
    plate: str | None = None,
) -> Verdict:
    """The verdict on a certificate number with the factory number printed beside it.

    Where the register is guarded both must be right, and a wrong pair has the same answer as a
    number that does not exist. The operator may leave the factory number out (None). Of several
    certificates with that number it is the newest valid one, else the newest.
    """
    asked = _Asked(register, at, now, None, view, plate)
    entries = _entries(number, factory_number, register, view)
    if not entries:
        return _nothing_found((compare.not_registered(),), asked)
    valid = (entry for entry in entries if _status_of(entry, asked).status.state == "valid")
    return _with_entry(
        (compare.registered(),),
        next(valid, entries[0]),
        asked,
        genuine=(
            "登记库中有此证书，请将下列内容与您所见的证书和设备逐项核对",
            "the register has this certificate; compare what follows with what you see",
        ),
    )


def _entries(
    number: str, factory_number: str | None, register: Register, view: View
) -> Sequence[Entry]:
    """The entries a look-up opens, newest first."""
    if (
        len(number) > limits.NUMBER_CHARACTERS
        or len(factory_number or "") > limits.NUMBER_CHARACTERS
    ):
        return ()
    if not normal(number).isprintable():
        return ()  # nothing printed, and a database may refuse it
    if factory_number is None:
        return () if view.guarded else register.by_number(normal(number))
    # A number that does not exist and a wrong pair are told apart by nothing, not even by how much
    # was asked of the register: the certificate itself is read only by who has named both.
    named = [
        pair.license_id
        for pair in register.pairs(normal(number))
        if compare.same_pair(pair.number, pair.second, number, factory_number)
    ]
    found = (register.by_license_id(one) for one in named)
    return [entry for entry in found if entry is not None]


def _registered(license_id: str, register: Register) -> Entry | None:
    """The entry with an identifier out of a file: only what has that form is asked for."""
    try:
        return register.by_license_id(str(parse_license_id(license_id)))
    except MalformedIdentifier:
        return None


def _may_be_told(entry: Entry | None, found: DataSet, view: View) -> bool:
    """Whether somebody with an unproven file may learn what the register has about it."""
    if not view.guarded:
        return True
    if entry is None:
        return False
    return compare.same_machine(entry, found.number, found.face.get(entry.second_field, ""))


def _nothing_found(
    made: tuple[Check, ...],
    asked: _Asked,
    *others: str,
    reason: str = compare.EARLIER,
    altered: tuple[Altered, ...] = (),
) -> Verdict:
    """The verdict where no certificate is shown; what was not reached is listed with why."""
    names = [c.REGISTERED, *others]
    if asked.plate is not None:
        names.append(c.PLATE)
    done = {check.id for check in made}
    rest = compare.missing(reason, *(name for name in names if name not in done))
    found = status.Found(NO_STATUS, compare.missing(reason, c.STATUS)[0])
    return c.conclude((*made, *rest, found.check), found, certificate=None, altered=altered)


def _with_entry(
    checks: tuple[Check, ...],
    entry: Entry,
    asked: _Asked,
    compared: compare.Compared | None = None,
    genuine: tuple[str, str] = ("证书真实", "genuine"),
) -> Verdict:
    """The verdict on what the register knows."""
    found = _status_of(entry, asked)
    plate = _plate(entry.face.get("factory_number"), entry, asked)
    return c.conclude(
        (*checks, *plate.checks, found.check),
        found,
        certificate=presentation.of_entry(entry, asked.view),
        altered=(*(compared.altered if compared else ()), *plate.altered),
        genuine=genuine,
    )


def _status_of(entry: Entry, asked: _Asked) -> status.Found:
    return status.from_register(entry.history, asked.at, asked.now)


def _plate(claimed: str | None, entry: Entry | None, asked: _Asked) -> compare.Compared:
    if asked.plate is None:
        return compare.Compared(())
    return compare.plate_with(claimed, asked.plate, entry.labels if entry else {})


def _file_offline(
    own: tuple[Check, ...], found: DataSet, asked: _Asked, shown: tuple[Altered, ...]
) -> Verdict:
    """A file without the register: its signatures, and a status list."""
    registered = compare.missing(compare.OFFLINE, c.REGISTERED, c.DATA_SET, c.BYTES, advisory=True)
    state = _listed(found.status_index, found.authority.code, found.issued_on, asked)
    plate = _plate(found.face.get("factory_number"), None, asked)
    title, labels = compare.printed_names(found)
    proven = all_passed(own)
    return c.conclude(
        (*own, *registered, *plate.checks, state.check),
        state,
        certificate=presentation.of_dataset(found, title, labels, asked.view) if proven else None,
        altered=(*shown, *plate.altered),
    )


def _code_offline(own: tuple[Check, ...], claims: cose.CodeClaims, asked: _Asked) -> Verdict:
    """A code without the register: its signature, and a status list."""
    registered = compare.missing(compare.OFFLINE, c.REGISTERED, c.DATA_SET, advisory=True)
    state = _listed(claims.status_index, None, date.fromisoformat(claims.issued_on), asked)
    plate = _plate(claims.factory_number, None, asked)
    return c.conclude(
        (*own, *registered, *plate.checks, state.check),
        state,
        certificate=presentation.of_claims(claims),
        altered=plate.altered,
    )


def _listed(
    index: int | None, authority: str | None, issued_on: date, asked: _Asked
) -> status.Found:
    """The status by the lists at hand, if there are any; a code does not name its authority."""
    if asked.at < datetime.combine(issued_on, time(), SHANGHAI):
        return status.not_yet(asked.at)
    at_hand = held_lists.held(asked.status_list)
    if index is None and at_hand.lists:
        return status.unasked("文件未说明其在状态列表中的位置", "the file names no place in a list")
    return held_lists.status_of(at_hand, index or 0, authority, asked.at, asked.now)
