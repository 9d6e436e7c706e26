"""The files that a PDF carries: by name, and only where the name leaves no doubt."""

from __future__ import annotations

from typing import Any

from verify.fault import Fault
from verify.limits import DATASET_BYTES, PDF_OBJECTS
from verify.pdf_file import PdfFile, reading
from verify.pdf_objects import Array, Dictionary, Reference, Stream, entry, text


def read(file: PdfFile, name: str) -> bytes | None:
    """The bytes of the one attachment of that name; None where there is none.

    It must be listed in the catalogue under that very name (ISO 32000-2 7.11.4), and be the only
    one that bears it anywhere in the file.

    Raises:
        Fault: several bear the name, one is hidden, or its bytes cannot be had.
    """
    with reading(f"附件{name}无法读取", f"the attachment {name} cannot be read"):
        return _attachment(file, name)


def is_borne(file: PdfFile, name: str) -> bool:
    """Whether anything in the file is attached under that name, once or oftener.

    Raises:
        Fault: the attachments cannot be read.
    """
    with reading("附件无法读取", "the attachments cannot be read"):
        return bool(_bearing(file, name))


def _bearing(file: PdfFile, name: str) -> list[Any]:
    return [one for one in file.inventory.attachments if name in _titles(one)]


def _attachment(file: PdfFile, name: str) -> bytes | None:
    bearing = _bearing(file, name)
    listed = [
        specification
        for title, specification in _listed(file)
        if title == name or name in _titles(specification)
    ]
    if not bearing and not listed:
        return None
    if len(bearing) != 1 or len(listed) != 1 or _titles(listed[0]) != {name}:
        raise Fault(f"名为{name}的附件不唯一或未列入目录", f"{name} is not attached exactly once")
    return _embedded(listed[0], name)


def _titles(specification: Any) -> set[str]:
    """The names that a file specification gives itself."""
    return {text(specification[key]) for key in ("/F", "/UF") if key in specification}


def _listed(file: PdfFile) -> list[tuple[str, Any]]:
    """The flat name tree of embedded files; ours has no branches, and others' are not followed."""
    names = entry(file.root, "/Names")
    files = entry(names, "/EmbeddedFiles") if isinstance(names, Dictionary) else None
    pairs = entry(files, "/Names") if isinstance(files, Dictionary) else None
    if not isinstance(pairs, Array) or len(pairs) % 2 or len(pairs) > PDF_OBJECTS:
        return []
    return [(text(pairs[at]), pairs[at + 1]) for at in range(0, len(pairs), 2)]


def _embedded(specification: Any, name: str) -> bytes:
    """The one stream that a file specification embeds."""
    embedded = specification["/EF"]
    keys = [key for key in ("/F", "/UF") if key in embedded]
    places = {embedded.raw(key) for key in keys}
    if len(places) != 1 or not isinstance(places.pop(), Reference):
        raise Fault(f"附件{name}的内容不唯一", f"{name} does not embed one content")
    stream = embedded[keys[0]]
    if not isinstance(stream, Stream):
        raise Fault(f"附件{name}没有内容", f"{name} embeds no content")
    data = stream.data
    if len(data) > DATASET_BYTES:
        raise Fault(f"数据集超过{DATASET_BYTES}字节", f"data set above {DATASET_BYTES} bytes")
    return data
