"""PDFs at each level of PAdES, by a time stamp authority that has whatever time it is told.

And revisions by hand: `revision` puts one together of any objects, as Sealpress would write it or
as an attacker might.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import certified_signers as signers
import genuine
from altering_pdfs import byte_range
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from renderer import pdf as pdf_writer
from signing import der, p256, pades, pades_cms, pades_levels, pdf_revision
from verify import pdf, pdf_bytes, pdf_checks, pdf_cms, pdf_revisions
from verify.check import Check, CheckState
from verify.verdict import all_passed

sys.path.append(str(Path(__file__).parent.parent / "signing"))

import tsa_world

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SIGNED, NOW = genuine.SIGNED, genuine.NOW
STAMPED = SIGNED + MINUTE
ARCHIVED = SIGNED + 2 * MINUTE
LATER_THAN_ALL = NOW + 400 * DAY


@dataclass
class Clockwork:
    """In the place of `signing.tsa.Tsa`: stamps at the moments that it is given, in order."""

    moments: list[datetime]
    by: tsa_world.Authority = field(default_factory=tsa_world.authority)
    roots: tuple[bytes, ...] = field(default_factory=tsa_world.roots)

    def stamp(self, message: bytes) -> bytes:
        return tsa_world.token(message, self.moments.pop(0), by=self.by)

    def stamp_digest(self, digest: bytes) -> bytes:
        moment = self.moments.pop(0)
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
        asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
        return tsa_world._token(asked, tsa_world.Answering(by=self.by, clock=lambda: moment))


def raised(
    level: str,
    one: Any = None,
    *,
    moments: tuple[datetime, ...] = (STAMPED, ARCHIVED),
    by: tsa_world.Authority | None = None,
    carried: bytes = genuine.DATASET,
    **face: str,
) -> bytes:
    """A file of that level by the signer with that certificate; `moments` are of its stamps."""
    return raise_to(level, signed(one, carried, **face), moments=moments, by=by)


def signed(one: Any = None, carried: bytes = genuine.DATASET, **face: str) -> bytes:
    """A file of level B-B with room for more."""
    one = one or usual_signer()
    slot = replace(genuine.slot(SIGNED), contents_bytes=pades_levels.CONTENTS_BYTES)
    attachments = (genuine.data_set(carried),)
    file = pdf_writer.write(genuine.page(carried, **face), genuine.document(), attachments, slot)
    assert file.hole is not None
    assert file.byte_range is not None
    key = p256.from_private_key("memory:signer", signers.SIGNER_KEY)
    signer = pades.PdfSigner(key, one.public_bytes(Encoding.DER))
    return pades.sign(file.data, file.hole, file.byte_range, signer)


def raise_to(
    level: str,
    data: bytes,
    *,
    moments: tuple[datetime, ...] = (STAMPED, ARCHIVED),
    by: tsa_world.Authority | None = None,
) -> bytes:
    """A file of B-B at that level."""
    stamping = pades_levels.Stamping(
        tsa=Clockwork(list(moments), by or tsa_world.authority()),
        roots=(signers.root().public_bytes(Encoding.DER),),
        crls=(signers.crl(made=moments[0]), tsa_world.crl(now=moments[0])),
    )
    return pades_levels.raise_level(data, level, stamping)


@cache
def usual_signer() -> Any:
    return signers.certificate()


@cache
def usual(level: str) -> bytes:
    """A file of each level; from B-T on the same one, as it was when it had that level."""
    if level == "B-B":
        return signed()
    if level == "B-LTA":
        return raise_to(level, signed())
    layers = pdf_revisions.split(usual("B-LTA"))
    return layers.first if level == "B-T" else usual("B-LTA")[: layers.later[0].end]


def anchors(at: datetime = NOW, **others: Any) -> Any:
    """The pinned roots of signers and stamps, with lists made a day before `at`."""
    made = at - DAY
    pinned = {
        "pdf_roots": (signers.root().public_bytes(Encoding.DER),),
        "pdf_crls": (signers.crl(made=made),),
        "tsa_roots": tsa_world.roots(),
        "tsa_crls": (tsa_world.crl(now=made),),
    }
    return replace(genuine.house().anchors, **(pinned | others))


def checks(data: bytes, at: datetime = NOW, recorded_at=None, **others: Any) -> dict[str, Check]:
    """Every check of a file, by its name; each must be there, whatever the file."""
    examination = pdf.examine(data, anchors(at, **others), at, recorded_at)
    assert [check.id for check in examination.checks] == list(pdf_checks.CHECKS)
    assert all(" (" in check.reason for check in examination.checks)
    return {check.id: check for check in examination.checks}


def bears(data: bytes, at: datetime = NOW, recorded_at=None, **others: Any) -> bool:
    """Whether a file's checks bear a `valid`."""
    return all_passed(tuple(checks(data, at, recorded_at, **others).values()))


def states(
    data: bytes, at: datetime = NOW, recorded_at=None, **others: Any
) -> dict[str, CheckState]:
    """What is not passed and stands in the way of `valid`."""
    found = checks(data, at, recorded_at, **others)
    missing = {name: one.state for name, one in found.items() if one.state is not CheckState.PASSED}
    return {name: state for name, state in missing.items() if not found[name].advisory}


# --- revisions by hand ---------------------------------------------------------------------------


def bodies(data: bytes, which: int = -1) -> tuple[bytes, dict[int, bytes]]:
    """The file before one of its later revisions, and that revision's objects as written."""
    layers = pdf_revisions.split(data)
    assert layers.fault is None
    found = layers.later[which]
    spans = {number: one.span for number, one in found.objects.items()}
    written = {}
    for number, (start, end) in spans.items():
        head, tail = b"%d 0 obj\n" % number, b"\nendobj\n"
        assert data[start:end].startswith(head)
        assert data[start:end].endswith(tail)
        written[number] = data[start + len(head) : end - len(tail)]
    return data[: min(start for start, _ in spans.values())], written


def revision(
    before: bytes,
    objects: dict[int, bytes],
    *,
    between: bytes = b"",
    table: bytes = b"",
    trailer: tuple[bytes, bytes] = (b"", b""),
    listed: dict[int, int] | None = None,
) -> bytes:
    """The file with one more revision behind it.

    `between` stands behind the first object, `table` in the table, `trailer` replaces a part of the
    trailer; `listed` says where the table places objects otherwise.
    """
    out, places = bytearray(before), {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        out += between if len(places) == 1 else b""
    places |= listed or {}
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    out += b"".join(b"%d 1\n%010d 00000 n \n" % one for one in sorted(places.items())) + table
    previous = re.findall(rb"startxref\n(\d+)\n", before)[-1]
    entries = re.findall(rb"trailer\n<<(.*?)>>\nstartxref", before, re.S)[-1]
    entries = re.sub(rb"/(Size|Prev) ?\d+ ?", b"", entries)
    size = (
        max(size_of(before), *objects) + 1 if max(objects) >= size_of(before) else size_of(before)
    )
    written = b"<</Size %d/Prev %s%s>>" % (size, previous, entries)
    assert trailer[0] in written
    written = written.replace(*trailer) if trailer[0] else written
    return bytes(out) + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (written, start)


def size_of(data: bytes) -> int:
    """The number that the next new object has."""
    return int(re.findall(rb"/Size (\d+)", data)[-1])


def changed(data: bytes, old: bytes, new: bytes, which: int = -1, **how: Any) -> bytes:
    """The file whose later revision has one thing written otherwise."""
    before, objects = bodies(data, which)
    assert sum(body.count(old) for body in objects.values()) == 1, old
    return revision(before, {n: body.replace(old, new) for n, body in objects.items()}, **how)


def archived(data: bytes, field: str = pades_levels.FIELD_NAME) -> bytes:
    """The file with a time stamp over it, whatever it is."""
    empty = pdf_revision.with_time_stamp_field(data, field, 2000)
    tsa = Clockwork([ARCHIVED])
    return pades.fill(empty.data, empty.hole, empty.byte_range, tsa.stamp_digest)


def stamped_again(data: bytes, old: bytes = b"", new: bytes = b"") -> bytes:
    """The file of B-LTA with something else in its last revision, rightly stamped as it then is."""
    before, objects = bodies(data)
    number = next(n for n, body in objects.items() if b"/ByteRange" in body)
    objects[number] = re.sub(rb"ByteRange\[[^\]]*\]", b"ByteRange[%44s]" % b"", objects[number])
    objects[number] = re.sub(
        rb"/Contents<[0-9a-f]+>", b"/Contents<%s>" % (b"0" * 4000), objects[number]
    )
    if old:
        assert sum(body.count(old) for body in objects.values()) == 1, old
        objects = {n: body.replace(old, new) for n, body in objects.items()}
    empty = revision(before, objects)
    place = empty.index(b"ByteRange[", len(before)) + len(b"ByteRange[")
    hole = empty.index(b"/Contents<", place) + len(b"/Contents")
    holes = (hole, empty.index(b">", hole) + 1)
    tsa = Clockwork([ARCHIVED])
    return pades.fill(empty, holes, (place, place + 44), tsa.stamp_digest)


def token_of(data: bytes) -> bytes:
    """The time stamp in a file's signature."""
    value = pdf_bytes.find_value(data)
    covered = pdf_bytes.signed_range(data, byte_range(data), value)
    found = pdf_cms.parse(covered.der).time_stamp
    assert found is not None
    return found


def with_token(data: bytes, token: bytes) -> bytes:
    """The file of B-B with that token in its signature."""
    return pades_cms.with_time_stamp(data, pades_cms.read(data), token)


def with_unsigned(data: bytes, kind: str, token: bytes) -> bytes:
    """The file of B-B with unsigned attributes that are not just one time stamp."""
    stamp = der.oid("1.2.840.113549.1.9.16.2.14")
    other = der.sequence(der.oid("1.2.840.113549.1.9.6"), der.tlv(der.SET, token))
    one = der.sequence(stamp, der.tlv(der.SET, token))
    attributes = {
        "other": (other,),
        "two": (one, other),
        "same twice": (one, one),
        "two values": (der.sequence(stamp, der.tlv(der.SET, token, token)),),
        "none": (der.sequence(stamp, der.tlv(der.SET)),),
        "empty": (),
    }[kind]
    signed_ = pades_cms.read(data)
    info = der.sequence(signed_.signer_info, der.tlv(der.context(1), *attributes))
    content = der.sequence(signed_.before_signers, der.tlv(der.SET, info))
    cms = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.explicit(0, content))
    start, end = signed_.hole
    return data[: start + 1] + cms.hex().encode().ljust(end - start - 2, b"0") + data[end - 1 :]


def raise_by(
    level: str,
    one: Any,
    by: tuple[tsa_world.Authority, tsa_world.Authority],
    moments: tuple[datetime, datetime],
) -> bytes:
    """A file whose two stamps are by two authorities, at whatever moments."""
    stamped = raise_to("B-LT", signed(one), moments=moments[:1], by=by[0])
    empty = pdf_revision.with_time_stamp_field(stamped, pades_levels.FIELD_NAME, 2000)
    tsa = Clockwork([moments[1]], by[1])
    return pades.fill(empty.data, empty.hole, empty.byte_range, tsa.stamp_digest)


def lower(data: bytes) -> list[bytes]:
    """The lower levels that a raised file has been."""
    layers = pdf_revisions.split(data)
    return [layers.first, *(data[: one.end] for one in layers.later)]


def only_space(data: bytes, at: int, byte: int) -> bool:
    """Whether a byte of what no signature covers is only another white space than before."""
    layers = pdf_revisions.split(data)
    uncovered = len(layers.later) == 1 and at >= len(layers.first)
    return uncovered and {data[at], byte} <= set(b" \n")
