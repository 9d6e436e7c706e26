"""The shape that a certificate's PDF has: revisions, pages, annotations, its one signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from verify.fault import Fault
from verify.pdf_dictionary import Signature, signing_time
from verify.pdf_file import PdfFile, reading
from verify.pdf_objects import entry, text

SUB_FILTER: Final = "/ETSI.CAdES.detached"
FIELD_NAME: Final = "Seal"


def check_single_revision(file: PdfFile) -> None:
    """The file was written once: nothing was appended, before or after signing.

    Raises:
        Fault: it has several revisions.
    """
    if file.revisions != 1:
        raise Fault(
            f"文件有{file.revisions}个修订版本，签发后被追加过内容",
            f"the file has {file.revisions} revisions: something was added to it",
        )


def check_passive(file: PdfFile) -> None:
    """Nothing in the file acts, hides or fetches.

    Raises:
        Fault: what does is named.
    """
    if file.inventory.active:
        names = ", ".join(sorted(file.inventory.active))
        raise Fault(f"含有活动内容：{names}", f"active content: {names}")


def check_page(file: PdfFile) -> None:
    """There is one page, and the seal is the only thing that lies on it.

    Raises:
        Fault: more or fewer pages, or other annotations.
    """
    with reading("页面树无法读取", "the page tree cannot be read"):
        _check_page(file)


def _check_page(file: PdfFile) -> None:
    inventory = file.inventory
    kids = file.root["/Pages"]["/Kids"]
    if len(inventory.pages) != 1 or len(kids) != 1 or entry(kids[0], "/Type") != "/Page":
        raise Fault(
            f"应为一页，实有{len(inventory.pages)}页", f"{len(inventory.pages)} pages, not one"
        )
    if len(inventory.annotations) != 1 or entry(inventory.annotations[0], "/Subtype") != "/Widget":
        count = len(inventory.annotations)
        raise Fault(
            f"页面上应只有印章，实有{count}个批注",
            f"{count} annotations, where only the seal belongs",
        )


def only_signature(file: PdfFile) -> Signature:
    """The one signature, which hangs on the one signature field.

    Raises:
        Fault: there are none or several, or it is not of the form that Sealpress writes.
    """
    with reading("签名域无法读取", "the signature field cannot be read"):
        return _only_signature(file)


def _only_signature(file: PdfFile) -> Signature:
    inventory = file.inventory
    fields, signatures = inventory.signature_fields, inventory.signatures
    if len(fields) != 1 or len(signatures) != 1:
        count = max(len(fields), len(signatures))
        raise Fault(f"应有且仅有一个签名，实有{count}个", f"{count} signatures, where one belongs")
    field, signature = fields[0], signatures[0]
    listed: Sequence[Any] = entry(entry(file.root, "/AcroForm") or {}, "/Fields") or ()
    if len(listed) != 1 or listed[0] is not field or entry(field, "/V") is not signature:
        raise Fault("签名未挂在签名域上", "the signature does not hang on the signature field")
    if entry(signature, "/SubFilter") != SUB_FILTER or text(entry(field, "/T")) != FIELD_NAME:
        raise Fault("签名不是本系统的形式", "not a signature of the form that Sealpress writes")
    if file.value is None or signature.raw("/Contents") != b"":
        # The one value that was found in the bytes was blanked; so it was not this one's.
        raise Fault(
            "签名字典没有自己的签名值", "the signature's dictionary has no value of its own"
        )
    return Signature(
        byte_range=[int(number) for number in signature["/ByteRange"]],
        signed_at=signing_time(text(entry(signature, "/M"))),
    )
