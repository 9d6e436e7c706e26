"""What each check is called on a page: Chinese and English, by the check's identifier."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from verify import conclude as c
from verify import ofd_checks as ofd
from verify import pdf_checks as pdf

NAMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        c.READABLE: ("能否读取", "Readable"),
        c.ADDRESS: ("二维码的域名", "Host in the code"),
        c.OURS: ("是否本系统签发", "Issued here"),
        c.SHOWN: ("页面内容", "What the page shows"),
        c.SIGNATURE: ("二维码的签名", "Signature of the code"),
        c.REGISTERED: ("登记库中有无此证", "In the register"),
        c.DATA_SET: ("与登记数据比对", "Data as registered"),
        c.BYTES: ("与签发原件比对", "File as issued"),
        c.STATUS: ("证照状态", "Status"),
        c.PLATE: ("与设备铭牌比对", "The machine’s plate"),
        pdf.STRUCTURE: ("文件结构", "File structure"),
        pdf.SINGLE_REVISION: ("有无追加修改", "No later change"),
        pdf.ONE_SIGNATURE: ("签名的数量", "Exactly one signature"),
        pdf.WHOLE_FILE: ("签名的覆盖范围", "Signature covers the file"),
        pdf.CONTENT: ("文件内容摘要", "Digest of the content"),
        pdf.ALGORITHMS: ("密码算法", "Algorithms"),
        pdf.SIGNATURE: ("签名值", "Signature value"),
        pdf.TIME_STAMP: ("时间戳", "Time stamp"),
        pdf.CERTIFICATE: ("签名人证书", "Signer’s certificate"),
        pdf.AUTHORITY: ("签名人与发证机关", "Signer is the authority"),
        pdf.REVOCATION: ("证书吊销情况", "Revocation"),
        pdf.ACTIVE_CONTENT: ("有无脚本和图层", "No active content"),
        pdf.PAGE: ("页面", "The page"),
        pdf.DATASET: ("签名数据集", "Signed data set"),
        ofd.PACKAGE: ("文件包", "Package"),
        ofd.STRUCTURE: ("文档结构", "Document structure"),
        ofd.SIGNATURES: ("签章", "Seals alone"),
        ofd.COVERAGE: ("签章的覆盖范围", "Seal covers every part"),
        ofd.DIGESTS: ("各部分摘要", "Digests of the parts"),
        ofd.PACKED_BYTES: ("打包数据", "Packed bytes"),
        ofd.SIGNED_VALUE: ("签章数据的格式", "Form of the seal signature"),
        ofd.SIGNATURE_FILE: ("签章与本文件的对应", "Seal signature is of this file"),
        ofd.SEAL_FILE: ("印章文件", "The seal’s file"),
        ofd.SIGNER_SIGNATURE: ("签章人签名值", "Signer’s signature"),
        ofd.MAKER_SIGNATURE: ("制章人签名值", "Seal maker’s signature"),
        ofd.SIGNER_LISTED: ("签章人使用权", "Signer may use the seal"),
        ofd.SIGNING_TIME: ("签章时间", "Time of sealing"),
        ofd.TIME_STAMP: ("时间戳", "Time stamp"),
        ofd.SIGNER_CERTIFICATE: ("签章人证书", "Signer’s certificate"),
        ofd.MAKER_CERTIFICATE: ("制章人证书", "Seal maker’s certificate"),
        ofd.AUTHORITY: ("签章人与发证机关", "Signer is the authority"),
        ofd.REVOCATION: ("证书吊销情况", "Revocation"),
        ofd.STAMP: ("印章位置", "Place of the stamp"),
        ofd.DATASET: ("签名数据集", "Signed data set"),
    }
)


def name(identifier: str) -> tuple[str, str]:
    """A check's name in Chinese and English; one that is not in the table is named by itself."""
    return NAMES.get(identifier, (identifier, identifier))
