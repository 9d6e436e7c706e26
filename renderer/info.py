"""What a document says of itself, apart from what is drawn on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRODUCER = "Sealpress"
"""Named without a version, so that a new release does not change the bytes of the same data."""

LANGUAGE = "zh-CN"


@dataclass(frozen=True)
class DocumentInfo:
    """Metadata of one certificate, the same in PDF and OFD.

    `issued_on` is an ISO date and the only date that the files know: the renderer has no clock.
    `fields` maps printed labels to printed values, for programs that read an OFD's CustomDatas.
    """

    title: str
    number: str
    license_id: str
    authority: str
    issued_on: str
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def document_title(self) -> str:
        """What a reader shows in its title bar: `建筑起重机械使用登记证书 450100T(2024)0000001`."""
        return f"{self.title} {self.number}"

    @property
    def keywords(self) -> tuple[str, ...]:
        """The certificate number and the licence identifier, those of the two that exist."""
        return tuple(word for word in (self.number, self.license_id) if word)
