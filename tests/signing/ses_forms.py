"""Seals and seal signatures put together by hand, as no honest program would, and judged."""

import sm2_world as world

from signing import der, ses, sm2_certificates, sm2_chain

ALGORITHM = der.oid("1.2.156.10197.1.501")


def resealed(seal_info: bytes) -> bytes:
    """A seal of other content, properly signed by the maker."""
    value = der.bit_string(world.key("maker").sign(seal_info))
    return der.sequence(seal_info, der.octet_string(world.maker_certificate()), ALGORITHM, value)


def resigned(tbs: bytes, signature: bytes | None = None, *rest: bytes) -> bytes:
    """A seal signature over another signed part, properly signed by the signer unless given."""
    value = der.bit_string(signature or world.key("signer").sign(tbs))
    return der.sequence(tbs, der.octet_string(world.signer_certificate()), ALGORITHM, value, *rest)


def changed_info(find: bytes, replace: bytes) -> bytes:
    """The content of the seal with another piece of the same length."""
    info = ses.parse_seal(world.seal()).made
    assert info.count(find) >= 1
    assert len(find) == len(replace)
    return info.replace(find, replace, 1)


def tbs(seal: bytes | None = None, version: int = 4, data_hash: bytes = bytes(32), *rest: bytes):
    """The signed part of a seal signature, with these parts."""
    return der.sequence(
        der.integer(version),
        seal or world.seal(),
        der.generalized_time(world.NOW),
        der.bit_string(data_hash),
        der.ia5("/Doc_0/Signs/Sign_0/Signature.xml"),
        *rest,
    )


def chained(certificate: bytes) -> bool:
    """Whether a certificate leads to the root."""
    found, root = sm2_certificates.parse(certificate), sm2_certificates.parse(world.root())
    checks = sm2_chain.verify(found, [], [root], [], world.NOW)
    return all(check.state == "passed" for check in checks if check.id != "revocation")


def sound(data: bytes) -> bool:
    """Everything that a verifier asks of a seal signature by itself."""
    found = ses.parse_signature(data)
    return (
        found.seal.lists(found.certificate)
        and found.signer_signed()
        and found.seal.maker_signed()
        and chained(found.certificate)
        and chained(found.seal.maker_certificate)
    )
