"""What can go wrong while something is signed, or while a signature is read."""

from __future__ import annotations


class SigningError(Exception):
    """The root of this room's errors; its text is a sentence for the operator, without secrets."""


class KeyUnavailable(SigningError):
    """A key cannot be used; `uri` names it (never its passphrase or content).

    `retryable` says whether the same may succeed later without anybody changing anything: so where
    a seal service does not answer, not where it refuses.
    """

    def __init__(self, uri: str, reason: str, *, retryable: bool = False) -> None:
        self.uri = uri
        self.reason = reason
        self.retryable = retryable
        super().__init__(f"the key {uri} cannot be used: {reason}")


class LibcryptoMissing(SigningError):
    """The system has no libcrypto 3, without which there is no SM2."""


class LibcryptoBroken(SigningError):
    """The system's libcrypto refused a call, or fails the published SM2 vector."""


class InvalidKey(SigningError):
    """What was given as a key is none, or is of another kind than asked for."""


class CannotSign(SigningError):
    """What was asked to be signed does not fit the key, the certificate, the seal or the time."""


class MalformedDer(SigningError):
    """Bytes are not DER, or not of the structure that stands here."""


class MalformedCertificate(SigningError):
    """A certificate or revocation list does not follow its structure."""


class MalformedSignature(SigningError):
    """A signature value has no sound form: not r and s in DER, or out of range."""


class MalformedSeal(SigningError):
    """A seal or a seal signature does not follow GB/T 38540 or GM/T 0031."""


class UnsupportedSealVersion(MalformedSeal):
    """A seal of another version than 1, 4 and 5, or in the form of another one."""


class MalformedPackage(SigningError):
    """An OFD package cannot be sealed as it is."""


class MalformedCode(SigningError):
    """The content of a QR code is no code of ours."""


class MalformedStatusList(SigningError):
    """A status list token does not follow its form, or its signature is wrong."""


class TimeStampUnavailable(SigningError):
    """A time stamping authority gave no time stamp that can be used; `url` names it.

    `retryable` says whether the same request may succeed later without anybody changing anything:
    so after a time-out, not after an answer that is no time stamp.
    """

    def __init__(self, url: str, reason: str, *, retryable: bool) -> None:
        self.url = url
        self.reason = reason
        self.retryable = retryable
        super().__init__(f"no time stamp from {url}: {reason}")


class MalformedTimeStamp(SigningError):
    """Bytes are no time stamp token of RFC 3161 in DER, or of a form that is not read here."""


class InvalidTimeStamp(SigningError):
    """A time stamp is of something else, or its signature or authority is not to be trusted."""
