"""Seals of 2014 and 2025, and such as other programs set, are judged by their own rules."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import genuine
import pytest
from altering_ofds import replaced, zipped
from sealing_parties import (
    DAY,
    FAILED,
    UNTOLD,
    YEARS,
    certificate,
    examined,
    key,
    parts,
    seal_of,
    sealed,
    signs_anything,  # noqa: F401 - the fixture all tests here use
    states,
)

from renderer import raster
from signing import der, ofd_signature_xml, ses
from signing.libcrypto import sm3
from signing.zip_package import ZipPackage, to_store
from verify import ofd_package
from verify.times import SHANGHAI

sys.path.append(str(Path(__file__).parent.parent / "signing"))

import first_edition

pytestmark = pytest.mark.usefixtures("signs_anything")

SIGN = "Doc_0/Signs/Sign_0/"
PLAIN = {"ofd_packed_bytes": UNTOLD}
"""Other programs do not sign the packed bytes, which is no obstacle."""


def put_together(value_of, seal: bytes) -> bytes:
    """A sealed file as another program writes it; `value_of` makes the signature's value."""
    package = ZipPackage(genuine.plain_ofd())
    listing, signature = "Doc_0/Signs/Signatures.xml", f"{SIGN}Signature.xml"
    signatures = ofd_signature_xml.signatures_xml([("1", "Seal", signature)], 2)
    added = {listing: signatures, f"{SIGN}Seal.esl": seal}
    digests = [(name, sm3(package.read(name))) for name in package.names]
    digests += [(name, sm3(part)) for name, part in added.items()]
    xml = ofd_signature_xml.signature_xml(
        digests,
        ofd_signature_xml.Stamp(2, "1", genuine.BOX),
        genuine.SIGNED,
        f"{SIGN}Seal.esl",
        f"{SIGN}SignedValue.dat",
    )
    added |= {signature: xml, f"{SIGN}SignedValue.dat": value_of(sm3(xml))}
    return package.with_parts([to_store(name, part) for name, part in added.items()])


def first(**changes) -> bytes:
    """A file sealed by the rules of GM/T 0031-2014."""
    signer, maker = certificate("signer"), certificate("maker")
    seal = first_edition.build_seal(
        signer=changes.pop("listed", signer),
        maker=maker,
        maker_key=key(changes.pop("maker_role", "maker")),
        times=changes.pop("times", (genuine.FOUNDED, genuine.NOW + YEARS)),
        picture=raster.seal_png(genuine.house().art, 72),
    )
    moment = genuine.SIGNED.astimezone(SHANGHAI)
    values = {
        "key": key("signer"),
        "certificate": signer,
        "seal": seal,
        "time": der.bit_string(f"{moment:%Y-%m-%d %H:%M:%S}".encode()),
        "path": f"/{SIGN}Signature.xml",
    }

    def value(digest: bytes) -> bytes:
        made = {**values, "data_hash": der.bit_string(digest), **changes}
        return first_edition.build_signature(**made)

    return put_together(value, seal)


def test_a_seal_of_the_first_edition_passes():
    assert states(first()) == PLAIN
    found = examined(first())
    assert found.signed_at == genuine.SIGNED
    assert found.ours


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": "attacker"}, "ofd_signer_signature"),
        ({"maker_role": "attacker"}, "ofd_maker_signature"),
        ({"listed": "somebody"}, "ofd_signer_listed"),
        ({"times": (genuine.FOUNDED, genuine.SIGNED - DAY)}, "ofd_signing_time"),
        ({"data_hash": der.bit_string(bytes(32))}, "ofd_signature_file"),
        ({"path": "/Doc_0/Signs/Sign_1/Signature.xml"}, "ofd_signature_file"),
        ({"version": 4}, "ofd_signed_value"),
        ({"time": der.bit_string(b"2026-11-21 00:00:00")}, "ofd_signing_time"),
    ],
    ids=str,
)
def test_every_rule_holds_for_the_first_edition_too(changes, expected):
    if "key" in changes:
        changes = {"key": key(changes["key"])}
    if "listed" in changes:
        changes = {"listed": certificate(changes["listed"])}
    assert states(first(**changes))[expected] is FAILED


def test_a_version_that_nobody_knows_is_not_judged():
    found = states(first(version=6))
    assert found["ofd_signed_value"] is UNTOLD
    assert not any(state is FAILED for state in found.values())


def plain(signer: bytes, seal: bytes, version: int = 4) -> bytes:
    """A file sealed by the rules of GB/T 38540-2020 or after, without extensions of ours."""
    algorithm = der.oid("1.2.156.10197.1.501")

    def value(digest: bytes) -> bytes:
        tbs = der.sequence(
            der.integer(version),
            seal,
            der.generalized_time(genuine.SIGNED),
            der.bit_string(digest),
            der.ia5(f"/{SIGN}Signature.xml"),
        )
        signature = der.bit_string(key("signer").sign(tbs))
        return der.sequence(tbs, der.octet_string(signer), algorithm, signature)

    return put_together(value, seal)


def test_a_file_sealed_before_packed_bytes_were_signed_passes_packed_as_it_likes():
    used = parts()
    data = plain(used.signer, seal_of(used))
    assert states(data) == PLAIN
    assert states(zipped(dict(ofd_package.read(data).parts))) == PLAIN


def test_a_seal_of_version_5_passes():
    used = parts()
    info = ses.parse_seal(seal_of(used)).made
    header = der.ia5("ES") + der.integer(4)
    changed = info.replace(header, der.ia5("ES") + der.integer(5), 1)
    seal = der.sequence(
        changed,
        der.octet_string(certificate("maker")),
        der.oid("1.2.156.10197.1.501"),
        der.bit_string(key("maker").sign(changed)),
        der.explicit(0, der.bit_string(b"what its maker's time stamp says is not judged")),
    )
    assert states(plain(used.signer, seal, 5)) == PLAIN
    assert states(plain(used.signer, seal, 4))["ofd_signed_value"] is FAILED


def test_nothing_packed_loosely_passes_where_packed_bytes_are_signed():
    """The signature's own two files are in no digest; so their headers must be as we write them."""
    data = sealed(parts())
    assert states(data) == {}
    for name in ("Signature.xml", "SignedValue.dat"):
        part = ofd_package.read(data).part(SIGN + name)
        deflated = zipped({SIGN + name: part})
        (entry,) = (ZipPackage(deflated).packed(SIGN + name),)
        assert not entry.stored
        loose = ZipPackage(replaced(data, {SIGN + name: None})).with_parts([])
        grown = _appended(loose, entry)
        assert states(grown) == {"ofd_packed_bytes": FAILED}


def _appended(package: bytes, entry) -> bytes:
    """A deflated entry behind the others, described in the directory as it is."""
    directory = package.rindex(b"PK\x05\x06")
    count, size, start = (
        int.from_bytes(package[directory + at : directory + at + width], "little")
        for at, width in ((10, 2), (12, 4), (16, 4))
    )
    line = (
        b"PK\x01\x02\x14\x00" + entry.head[4:30] + bytes(10) + start.to_bytes(4, "little")
    ) + entry.name.encode()
    body = package[:start] + entry.head + entry.octets
    lines = package[start : start + size] + line
    end = b"PK\x05\x06" + bytes(4) + (count + 1).to_bytes(2, "little") * 2
    end += len(lines).to_bytes(4, "little") + len(body).to_bytes(4, "little") + bytes(2)
    return body + lines + end


def test_times_of_two_files_apart_fail():
    late = genuine.SIGNED + timedelta(hours=1)
    moment = late.astimezone(SHANGHAI)
    found = states(first(time=der.bit_string(f"{moment:%Y-%m-%d %H:%M:%S}".encode())))
    assert found["ofd_signing_time"] is FAILED
