"""The values of a PDF that was read (ISO 32000-2 7.3): plain ones, and containers nobody changes.

Numbers are `int` or `Decimal`, booleans `bool`, null is `None`, strings are their bytes. Arrays and
dictionaries hand out what they refer to; as it is written, a value is had by `raw`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, overload

from verify import pdf_values
from verify.fault import Fault
from verify.pdf_values import Name

_PDF_DOC: Final = {
    **dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x18), 0x7F, 0x9F, 0xAD), "\ufffd"),
    **dict(zip(range(0x18, 0x20), "˘ˇˆ˙˝˛˚˜", strict=True)),
    **dict(zip(range(0x80, 0x9F), "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž", strict=True)),
    0xA0: "€",
}
"""PDFDocEncoding (annex D.2) where it is not Latin-1."""
_MARKS: Final = (
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # against the standard, and understood by many readers
    (codecs.BOM_UTF8, "utf-8"),
)


class Reference(NamedTuple):
    """A reference to the object of that number and generation."""

    number: int
    generation: int


Resolve = Callable[[Reference], Any]
"""What a reference leads to; raises Fault where it cannot be had."""


class Dictionary(Mapping[str, Any]):
    """A dictionary by its names, each with its slash.

    `number` is that of the object that it is, 0 where it stands inside another one.
    """

    __slots__ = ("_entries", "_resolve", "number")

    def __init__(self, entries: Mapping[str, Any], resolve: Resolve) -> None:
        self._entries = entries
        self._resolve = resolve
        self.number = 0

    def __getitem__(self, key: str) -> Any:
        value = self._entries[key]
        return self._resolve(value) if isinstance(value, Reference) else value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the other one where there is none."""
        value = self._entries.get(key, default)
        return self._resolve(value) if isinstance(value, Reference) else value

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def raw(self, key: str) -> Any:
        """The value as it is written, perhaps a reference; raises KeyError."""
        return self._entries[key]


class Stream(Dictionary):
    """A dictionary with data behind it: as it is in the file, and what its filters make of it."""

    __slots__ = ("_data", "_decode", "encoded_data")

    def __init__(
        self,
        dictionary: Dictionary,
        encoded_data: bytes,
        decode: Callable[[Dictionary, bytes], bytes],
    ) -> None:
        super().__init__(dictionary._entries, dictionary._resolve)
        self.encoded_data = encoded_data
        self._decode = decode
        self._data: bytes | None = None

    @property
    def data(self) -> bytes:
        """What the filters make of it; raises Fault where they cannot, or make too much."""
        if self._data is None:
            self._data = self._decode(self, self.encoded_data)
        return self._data


class Array(Sequence[Any]):
    """An array."""

    __slots__ = ("_resolve", "_values")

    def __init__(self, values: Sequence[Any], resolve: Resolve) -> None:
        self._values = values
        self._resolve = resolve

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        value = self._values[at]
        return self._resolve(value) if isinstance(value, Reference) else value

    def __len__(self) -> int:
        return len(self._values)

    def raw(self) -> Sequence[Any]:
        """The values as they are written, references among them."""
        return self._values


def entry(dictionary: Any, key: str) -> Any:
    """A dictionary's value, wherever it stands; None where there is none."""
    return dictionary.get(key)


def name_in(dictionary: Any, key: str) -> str | None:
    """A name in a dictionary, None where there is none or it is something else."""
    found = entry(dictionary, key)
    return str(found) if isinstance(found, Name) else None


def text(value: Any) -> str:
    """The text that a string writes (7.9.2.2), empty where there is none.

    Another value reads as Python writes it, a name with its slash: it is no text, and equal to
    none that is looked for.
    """
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    for mark, encoding in _MARKS:
        if value.startswith(mark):
            return value[len(mark) :].decode(encoding, "replace")
    return value.decode("latin-1").translate(_PDF_DOC)


def as_appended(value: Any) -> pdf_values.Value:
    """A value as `verify.pdf_values` reads it; references stay references.

    Raises:
        Fault: it is of a kind that does not occur there.
    """
    if isinstance(value, Dictionary) and not isinstance(value, Stream):
        return {str(key): as_appended(value.raw(key)) for key in value}
    if isinstance(value, Array):
        return [as_appended(one) for one in value.raw()]
    if isinstance(value, Reference) and value.generation == 0:
        return pdf_values.Reference(value.number)
    if value is None or isinstance(value, bool):
        return pdf_values.Word({None: "null", True: "true", False: "false"}[value])
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, Name | bytes):
        return value
    raise Fault("PDF中有不认识的值", "a kind of PDF value that is not known here")
