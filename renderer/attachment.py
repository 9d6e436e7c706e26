"""A file that travels inside the certificate: the signed data set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from renderer.deflate import deflate
from renderer.page import Deflated


@dataclass(frozen=True)
class Attachment:
    """Bytes to be carried by the PDF as associated file and by the OFD under `Attachs/`.

    `name` is a plain ASCII file name without folders, `media_type` such as `application/json`,
    `description` what a reader may show beside it.
    """

    name: str
    data: bytes
    media_type: str
    description: str

    @cached_property
    def deflated(self) -> Deflated:
        """The data compressed, once for both formats."""
        return deflate(self.data)
