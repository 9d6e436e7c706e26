"""The seal signature of an OFD (GB/T 38540, GM/T 0031), held against the files around it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from signing import ses
from signing.errors import MalformedSeal, UnsupportedSealVersion
from signing.libcrypto import sm3
from verify.fault import Fault, Untold
from verify.limits import CLOCK_SKEW_SECONDS
from verify.ofd_document import Document
from verify.ofd_package import Package
from verify.ofd_signature import SM2_WITH_SM3, Signature

_SKEW: Final = timedelta(seconds=CLOCK_SKEW_SECONDS)


def parse(signature: Signature) -> ses.SealSignature:
    """The seal signature in SignedValue.dat.

    Raises:
        Fault: it follows none of the standards.
        Untold: it is of a version that is not known, or no seal signature at all.
    """
    if signature.kind != "Seal":
        raise Untold(
            "这是不带印章的数字签名，本系统不核验", "a signature without a seal is not judged"
        )
    try:
        return ses.parse_signature(signature.value)
    except UnsupportedSealVersion as error:
        raise Untold("印章的版本未知，本系统不核验", str(error)) from error
    except MalformedSeal as error:
        raise Fault("签章数据不符合GB/T 38540", str(error)) from error


def check_value(signature: Signature, found: ses.SealSignature) -> None:
    """Nothing in the signed value could be changed, or was added, without being noticed.

    The raw form of an SM2 signature is a second way to write the same one, and not in a file of
    ours. A time stamp stands outside what the signer signed: it is judged by itself (`ofd_time`).

    Raises:
        Fault: there is such a thing, or a critical extension that is not understood.
    """
    if signature.method != SM2_WITH_SM3:
        raise Fault("签名算法不是SM2", f"the signature method is {signature.method[:40]}, not SM2")
    if found.signature_found != found.signature:
        raise Fault("签名值不是DER编码", "the signature's value is not DER")
    if any(extension.critical for extension in (*found.extensions, *found.seal.extensions)):
        raise Fault("印章带有不认识的关键扩展", "a critical extension that is not known here")


def check_signature_file(signature: Signature, found: ses.SealSignature) -> None:
    """The seal signature is over this Signature.xml, and says so by digest and by path.

    Raises:
        Fault: digest or path is another: Signature.xml was changed, or the value transplanted.
    """
    if sm3(signature.xml) != found.data_hash:
        raise Fault("签名文件被改动", "Signature.xml was changed after signing")
    if found.property_info != f"/{signature.path}":
        raise Fault(
            "签章所指的签名文件不是这一个", "the seal signature is about a file in another place"
        )


def check_seal_file(package: Package, signature: Signature, found: ses.SealSignature) -> None:
    """The seal in its own part is byte for byte the one inside the seal signature.

    Raises:
        Fault: it is another.
        Untold: the file has no part with the seal (tax offices leave it out).
    """
    if signature.seal is None:
        raise Untold("没有单独的印章文件", "there is no file with the seal alone")
    if package.part(signature.seal) != found.seal.der:
        raise Fault(
            "印章文件与签章中的印章不同", "the seal's file differs from the seal that signed"
        )


def check_signer_signature(found: ses.SealSignature) -> None:
    """The signer's SM2 signature over TBS_Sign.

    Raises:
        Fault: it does not hold.
    """
    if not found.signer_signed():
        raise Fault("签章人的SM2签名无效", "the signer's SM2 signature is wrong")


def check_maker_signature(found: ses.SealSignature) -> None:
    """The seal maker's SM2 signature over SES_SealInfo.

    Raises:
        Fault: it does not hold.
    """
    if not found.seal.maker_signed():
        raise Fault("制章人的SM2签名无效", "the seal maker's SM2 signature is wrong")


def check_listed(found: ses.SealSignature) -> None:
    """The seal lists the signer's certificate.

    Raises:
        Fault: it does not.
    """
    if not found.seal.lists(found.certificate):
        raise Fault("签章人不在印章的签章者列表中", "the signer is not in the seal's list")


def check_time(signature: Signature, found: ses.SealSignature, at: datetime) -> None:
    """The two times of signing agree, are not in the future, and the seal was valid then.

    Whether a proof of time contradicts them is judged with the certificates' periods.

    Raises:
        Fault: one of these does not hold.
    """
    if abs(signature.signed_at - found.signed_at) > _SKEW:
        raise Fault("签名文件与签章中的时间不一致", "two different times of signing")
    if found.signed_at > at + _SKEW:
        raise Fault("签章时间晚于现在", "the signing time is in the future")
    if not found.seal.valid_at(found.signed_at):
        raise Fault("签章时印章不在有效期内", "the seal was not valid when it was used")


def check_stamp(document: Document, signature: Signature) -> None:
    """One stamp, on an existing page, wholly inside it.

    Raises:
        Fault: none or several stamps, no such page, or a box that reaches out of it.
    """
    if len(signature.stamps) != 1:
        count = len(signature.stamps)
        raise Fault(f"应有一个盖章位置，实有{count}个", f"{count} stamps, where one belongs")
    stamp = signature.stamps[0]
    page = document.pages.get(stamp.page)
    if page is None:
        raise Fault("盖章的页不存在", "the stamp is on a page that does not exist")
    if not page.holds(stamp.box):
        raise Fault("盖章位置超出页面", "the stamp reaches out of its page")
