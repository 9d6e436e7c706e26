"""Seals and seal signatures of GB/T 38540: the door to making, signing and reading them."""

from signing.ses_build import ORGANISATION_SEAL, VENDOR, SealContent, make_seal
from signing.ses_model import Seal, SealExtension, SealPicture, SealProperty, SealSignature
from signing.ses_parse import parse_seal, parse_signature
from signing.ses_sign import Stamping, sign

__all__ = [
    "ORGANISATION_SEAL",
    "VENDOR",
    "Seal",
    "SealContent",
    "SealExtension",
    "SealPicture",
    "SealProperty",
    "SealSignature",
    "Stamping",
    "make_seal",
    "parse_seal",
    "parse_signature",
    "sign",
]
