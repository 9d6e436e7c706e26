"""Whether a file was signed by the authority that its data set names.

Every authority has a signer below the same root. Without this check any of them could issue in
the name of any other, and a seal key stolen in one district would be good for a whole province.
"""

from __future__ import annotations

from signing.certificates import organisation_code
from signing.errors import MalformedCertificate
from verify import dataset
from verify.errors import MalformedDataSet
from verify.fault import Fault, Untold


def check_signer(data: bytes | None, certificate: bytes) -> None:
    """The signer's certificate (DER) bears the USCC of the data set's authority.

    The USCC stands in the certificate's subject as organizationIdentifier (2.5.4.97).

    Raises:
        Fault: it bears another.
        Untold: there is no sound data set, or the certificate bears none.
    """
    if data is None:
        raise Untold("没有数据集可供比对", "there is no data set to compare with")
    try:
        named = dataset.parse(data).authority.code
        signing = organisation_code(certificate)
    except (MalformedDataSet, MalformedCertificate) as error:
        raise Untold("数据集或证书无法解析", f"nothing to compare: {error}") from error
    if signing is None:
        raise Untold("签名人证书未载明机构代码", "the signer's certificate names no organisation")
    if signing != named:
        raise Fault(
            f"签名人（{signing}）不是数据集中的发证机关（{named}）",
            f"signed by {signing}, not by the authority {named} that the data set names",
        )
