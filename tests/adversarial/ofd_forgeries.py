"""What is done to our sealed OFDs: to the package, its XML, the seal; and by other sealers."""

from __future__ import annotations

import base64
import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable

import altering_ofds as altering
import genuine
import sealing_parties as sealing
from altering_ofds import DATASET, PAGE, SEAL, SIGNATURE, SIGNATURES, VALUE
from ofd_impostors import (
    by,
    changed_and_sealed_by_an_attacker,
    invoice,
    pinned,
    same_subject,
    sealed_by_another_authority,
    self_made,
    signer_with,
)
from stage import Forgery

from signing import der, der_reader, sm2_crl
from signing.libcrypto import sm3
from signing.sm2_certificates import KeyUsage
from verify import ofd_package
from verify.verdict import Word

DOCUMENT = "Doc_0/Document.xml"
END = 22
"""Bytes of a ZIP's end record without a comment."""


# --- parts ---------------------------------------------------------------------------------------


def with_parts(changed: dict[str, bytes | None]) -> Callable[[], bytes]:
    return lambda: altering.rebuilt(changed)


def edited(name: str, pattern: str, replacement: str) -> Callable[[], bytes]:
    return lambda: altering.rebuilt({name: altering.edited(name, pattern, replacement)})


def other_value() -> bytes:
    sheet = altering.parts()[PAGE]
    assert b"QTZ80" in sheet
    return altering.rebuilt({PAGE: sheet.replace(b"QTZ80", b"QTZ99")})


def other_value_and_digest() -> bytes:
    """The page is changed, and its digest in Signature.xml put right."""
    old = altering.parts()[PAGE]
    new = old.replace(b"QTZ80", b"QTZ99")
    before, after = (base64.b64encode(sm3(page)).decode() for page in (old, new))
    listed = altering.edited(SIGNATURE, re.escape(before), after)
    return altering.rebuilt({PAGE: new, SIGNATURE: listed})


def without_a_font() -> bytes:
    font = next(name for name in altering.parts() if name.endswith(".ttf"))
    return altering.rebuilt({font: None})


def reordered() -> bytes:
    """The same parts in another order, by a plain writer."""
    return altering.zipped(dict(reversed(altering.parts().items())))


# --- the package ---------------------------------------------------------------------------------


def _directory() -> tuple[bytes, int, int]:
    data = genuine.genuine_ofd()
    size, offset = struct.unpack_from("<2L", data, len(data) - END + 12)
    return data, offset, size


def _ended(body: bytes, count: int, size: int, offset: int) -> bytes:
    return body + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def appended(name: str, data: bytes) -> Callable[[], bytes]:
    """Another program adds an entry, also where there is one of the name already."""

    def make() -> bytes:
        target = io.BytesIO(genuine.genuine_ofd())
        with warnings.catch_warnings(), zipfile.ZipFile(target, "a") as out:
            warnings.simplefilter("ignore")
            out.writestr(zipfile.ZipInfo(name), data)
        return target.getvalue()

    return make


def two_directories() -> bytes:
    data, offset, size = _directory()
    count = len(altering.parts())
    return _ended(data[: offset + size] + data[offset : offset + size], count, size, offset + size)


def polyglot() -> bytes:
    return b"%PDF-1.7\n" + genuine.genuine_ofd()


def hidden_entry() -> bytes:
    """An entry lies in the file that the directory does not name."""
    data, offset, size = _directory()
    name, extra, comment = struct.unpack_from("<3H", data, offset + 28)
    first = 46 + name + extra + comment
    rest = data[offset + first : offset + size]
    return _ended(data[:offset] + rest, len(altering.parts()) - 1, len(rest), offset)


def two_names() -> bytes:
    """The local header names another file than the directory."""
    data = genuine.genuine_ofd()
    assert data[30:37] == b"OFD.xml"
    return data[:30] + b"0FD.xml" + data[37:]


def bomb() -> bytes:
    return altering.zipped({"OFD.xml": bytes(12 << 20)})


def lying_bomb() -> bytes:
    """It announces a hundred bytes and holds eight million."""
    data = bytearray(altering.zipped({"OFD.xml": bytes(8 << 20)}))
    (offset,) = struct.unpack_from("<L", data, len(data) - 6)
    struct.pack_into("<L", data, 22, 100)
    struct.pack_into("<L", data, offset + 24, 100)
    return bytes(data)


def nested_bomb() -> bytes:
    return altering.rebuilt({"Doc_0/Res/inner.zip": altering.zipped({"zeros": bytes(12 << 20)})})


# --- XML -----------------------------------------------------------------------------------------


def declared(doctype: bytes, used: bytes) -> Callable[[], bytes]:
    """OFD.xml with a DOCTYPE and an entity in it."""

    def make() -> bytes:
        plain = altering.parts()["OFD.xml"]
        head, _, body = plain.partition(b"?>")
        return altering.rebuilt(
            {"OFD.xml": head + b"?>" + doctype + body.replace(b"Sealpress", used)}
        )

    return make


XXE = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
LAUGHS = b"<!DOCTYPE a [<!ENTITY a '0123456789'>%s]>" % b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def deep() -> bytes:
    return altering.rebuilt({DOCUMENT: b"<a>" * 5_000 + b"</a>" * 5_000})


# --- the seal ------------------------------------------------------------------------------------


def value_of_another_file() -> bytes:
    other = genuine.seal_ofd(genuine.plain_ofd(model="QTZ125"))
    return altering.rebuilt({VALUE: ofd_package.read(other).part(VALUE)})


def seal_of_another_authority() -> bytes:
    return altering.rebuilt({SEAL: genuine.house().other_seal_signer.seal})


def second_seal_over_a_changed_page() -> bytes:
    """An attacker changes the page and puts a seal of his own beside ours, listed first."""
    ours = altering.parts()
    attacked = ofd_package.read(changed_and_sealed_by_an_attacker()).parts
    added = {
        name.replace("Sign_0", "Sign_1"): data.replace(b"Sign_0", b"Sign_1")
        for name, data in attacked.items()
        if "/Sign_0/" in name
    }
    listed = altering.edited(SIGNATURES, "(<ofd:Signature .*/>)", r"\1\1")
    listed = listed.replace(b"Sign_0", b"Sign_1", 1)
    assert PAGE in ours
    return altering.rebuilt({**added, PAGE: attacked[PAGE], SIGNATURES: listed})


def unsealed() -> bytes:
    return genuine.plain_ofd()


# --- the signed value, field by field ------------------------------------------------------------


def value_with(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[], bytes]:
    """Our file with the four outer fields of the signed value passed through `change`."""

    def make() -> bytes:
        fields = der_reader.read(altering.parts()[VALUE], der.SEQUENCE).fields()
        found = []
        while fields.more():
            found.append(fields.take().raw)
        return altering.rebuilt({VALUE: der.sequence(*change(found))})

    return make


def signature_of(change: Callable[[int, int], bytes]) -> Callable[[], bytes]:
    """The signature's r and s written otherwise."""

    def changed(found: list[bytes]) -> list[bytes]:
        inside = der_reader.read(found[3], der.BIT_STRING).whole_bits()
        numbers = der_reader.read(inside, der.SEQUENCE).fields()
        r, s = numbers.take().integer(), numbers.take().integer()
        return [*found[:3], der.bit_string(change(r, s))]

    return value_with(changed)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def not_shortest(r: int, s: int) -> bytes:
    """A length in two bytes where one would do: BER, not DER."""
    whole = der.sequence(der.integer(r), der.integer(s))
    return whole[:1] + b"\x81" + whole[1:]


def of(name: str, make: Callable[[], bytes], check: str, **more) -> Forgery:
    return Forgery("ofd", name, make, check, **more)


def below(name: str, make: Callable[[], bytes], check: str, *revoked: sm2_crl.Revoked) -> Forgery:
    """A case judged with the root of `sealing_parties` pinned."""
    return of(name, make, check, anchors=pinned(*revoked))


ATTACKER = {"maker_role": "attacker"}
UNREADABLE = Word.UNREADABLE

FORGERIES = [
    of("a value on the page changed", other_value, "ofd_digests"),
    of("a value and its digest changed", other_value_and_digest, "ofd_signature_file"),
    of("a part added", with_parts({"Doc_0/extra.xml": b"<a/>"}), "ofd_coverage"),
    of("a part removed", without_a_font, "ofd_coverage"),
    of("the parts in another order", reordered, "ofd_packed_bytes"),
    of("the data set changed", with_parts({DATASET: b"{}"}), "ofd_digests"),
    of("a duplicate entry", appended(PAGE, b"<a/>"), "readable", word=UNREADABLE),
    of("a path in other case", appended(PAGE.upper(), b"<a/>"), "readable", word=UNREADABLE),
    of("a path with ..", appended("../OFD.xml", b"<a/>"), "readable", word=UNREADABLE),
    of("an absolute path", appended("/OFD.xml", b"<a/>"), "readable", word=UNREADABLE),
    of("two central directories", two_directories, "readable", word=UNREADABLE),
    of("an entry outside the directory", hidden_entry, "readable", word=UNREADABLE),
    of("two names for one entry", two_names, "readable", word=UNREADABLE),
    of("polyglot with a PDF", polyglot, "readable", word=UNREADABLE),
    of("ZIP bomb", bomb, "readable", word=UNREADABLE),
    of("ZIP bomb that lies about its size", lying_bomb, "readable", word=UNREADABLE),
    of("nested bomb", nested_bomb, "ofd_coverage"),
    of("XXE", declared(XXE, b"&x;"), "readable", word=UNREADABLE),
    of("billion laughs", declared(LAUGHS, b"&j;"), "readable", word=UNREADABLE),
    of("XML ten thousand deep", deep, "readable", word=UNREADABLE),
    of(
        "the stamp moved",
        edited(SIGNATURE, 'Boundary="137 ', 'Boundary="29 '),
        "ofd_signature_file",
    ),
    of(
        "CheckMethod MD5",
        edited(SIGNATURE, 'CheckMethod="[^"]*"', 'CheckMethod="MD5"'),
        "ofd_digests",
    ),
    of("CheckMethod missing", edited(SIGNATURE, ' CheckMethod="[^"]*"', ""), "ofd_digests"),
    of(
        "a reference fewer",
        edited(SIGNATURE, f'<ofd:Reference FileRef="/{PAGE}".*?</ofd:Reference>', ""),
        "ofd_coverage",
    ),
    of(
        "the signature list emptied",
        edited(SIGNATURES, "(<ofd:Signature .*/>)", ""),
        "ofd_signatures",
    ),
    of("never sealed", unsealed, "ofd_signatures"),
    of("the signed value of another file", value_of_another_file, "ofd_signature_file"),
    of("the seal of another authority", seal_of_another_authority, "ofd_seal_file"),
    of("sealed by another authority", sealed_by_another_authority, "ofd_authority"),
    of(
        "changed, sealed by an attacker",
        changed_and_sealed_by_an_attacker,
        "ofd_signer_certificate",
    ),
    of("a second seal over a changed page", second_seal_over_a_changed_page, "ofd_digests"),
    of("r and s raw", signature_of(raw), "ofd_signed_value"),
    of(
        "r = 0",
        signature_of(lambda _, s: der.sequence(der.integer(0), der.integer(s))),
        "ofd_signed_value",
    ),
    of(
        "s too large",
        signature_of(lambda r, _: der.sequence(der.integer(r), der.integer(2**256 - 1))),
        "ofd_signed_value",
    ),
    of(
        "s and r exchanged",
        signature_of(lambda r, s: der.sequence(der.integer(s), der.integer(r))),
        "ofd_signer_signature",
    ),
    of("not canonical DER", signature_of(not_shortest), "ofd_signed_value"),
    of(
        "another algorithm",
        value_with(lambda f: [*f[:2], der.oid("1.2.3"), f[3]]),
        "ofd_signed_value",
    ),
    below("the seal had expired", by(valid_to=genuine.SIGNED - sealing.DAY), "ofd_signing_time"),
    below(
        "a signer whom the seal does not list",
        by(listed=(sealing.certificate("somebody"),)),
        "ofd_signer_listed",
    ),
    below("a maker who vouches for himself", self_made, "ofd_maker_certificate"),
    below("a seal its maker did not sign", by(maker_role="attacker"), "ofd_maker_signature"),
    below("same subjects and serial numbers", same_subject, "ofd_signer_certificate"),
    below("another key than the certificate's", by(signer_role="attacker"), "ofd_signer_signature"),
    below(
        "the signer had expired",
        signer_with(not_after=genuine.SIGNED - sealing.DAY / 24),
        "ofd_signer_certificate",
    ),
    below(
        "a certificate for encipherment",
        signer_with(key_usage=KeyUsage.KEY_ENCIPHERMENT),
        "ofd_signer_certificate",
    ),
    below(
        "the signer revoked",
        by(),
        "ofd_revocation",
        sm2_crl.Revoked(sealing.SIGNER_SERIAL, genuine.FOUNDED),
    ),
    below(
        "the maker revoked",
        by(),
        "ofd_revocation",
        sm2_crl.Revoked(sealing.MAKER_SERIAL, genuine.FOUNDED),
    ),
    of("a foreign OFD (an invoice)", invoice, "ours", word=Word.UNKNOWN),
]
