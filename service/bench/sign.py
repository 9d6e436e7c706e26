"""`sealpress bench sign`: what signatures alone cost, the pages being drawn beforehand."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renderer import ofd, pdf
from renderer.attachment import Attachment
from renderer.compose import Code, compose
from renderer.layout import sample
from renderer.ofd import OfdFile
from renderer.pdf import PdfFile
from service import clock, coding
from service.bench.data import SAID_OF_DATA, bench_layout, figures, machine, peak_mb, sheet
from service.installation import Installation
from service.press import AuthoritySeal, Sheet, document_info, seal_box, signature_slot
from signing import key_names, ofd_seal, pades
from signing.libcrypto import sm3
from signing.ofd_seal import SealSigner
from signing.pades import PdfSigner
from verify.dataset import FILE_NAME

BATCH = 50
"""Pages that one kind of signature is made on before the next kind: they stay in memory."""

WARM_UP = 5
"""Pages of each batch that are not counted, so that no kind pays for the one before it."""

MESSAGE = bytes(200)
"""What the keys alone sign: as long as what is signed in a PDF."""


@dataclass(frozen=True)
class Unsigned:
    """One certificate of the bench before anything is signed.

    `pdf` has its hole; `plain` is the same page without a place for a signature, for programs that
    make one of their own.
    """

    serial: int
    sheet: Sheet
    pdf: PdfFile
    plain: bytes
    package: OfdFile


Sign = Callable[[Unsigned], object]
"""One thing that is measured; what it gives is thrown away."""

Groups = Mapping[str, Mapping[str, Sign | str]]
"""What is measured, by the heading that it is told under and by its name; or why it is not."""


def write_unsigned(installation: Installation, serial: int, authority: AuthoritySeal) -> Unsigned:
    """Both files of the certificate with that serial, ready to be signed."""
    layout = bench_layout()
    made = sheet(installation, layout, serial, development=False)
    page = compose(layout, made.content, [Code(made.code)])
    info = document_info(made)
    files = [Attachment(FILE_NAME, made.dataset, "application/json", "签名数据集")]
    slot = signature_slot(layout, authority, clock.now())
    return Unsigned(
        serial=serial,
        sheet=made,
        pdf=pdf.write(page, info, files, slot),
        plain=pdf.write(page, info, files).data,
        package=ofd.write_file(page, info, files, to_be_sealed=True),
    )


def sign_pdf(signer: PdfSigner) -> Sign:
    """PAdES B-B with that signer's key."""

    def sign(page: Unsigned) -> bytes:
        file = page.pdf
        if file.hole is None or file.byte_range is None:
            raise ValueError("a page without a place for its signature")
        return pades.sign(file.data, file.hole, file.byte_range, signer)

    return sign


def seal_ofd(signer: SealSigner) -> Sign:
    """A GB/T 38540 seal with that signer's key."""

    def seal(page: Unsigned) -> bytes:
        package, box = page.package, seal_box(page.sheet.layout)
        return ofd_seal.seal(package.data, signer, box, clock.now(), unpacked=package.unpacked)

    return seal


def sign_code(installation: Installation) -> Sign:
    """The QR's content, its signature among it."""
    prefix, key = installation.settings.code_prefix, installation.code_key

    def sign(page: Unsigned) -> str:
        made, second = page.sheet, page.sheet.layout.second_field
        return coding.make_code(prefix, made.content, 1, made.dataset, page.serial, key, second)

    return sign


def bench_authority(installation: Installation) -> AuthoritySeal:
    """Who signs what is measured: the authority of the layout's sample."""
    given = sample(bench_layout())["authority"]
    return installation.authority_seal(given["name"], given["code"])


def bench_home(installation: Installation) -> Path:
    """The folder with that authority's keys, made if they are missing."""
    bench_authority(installation)
    code = sample(bench_layout())["authority"]["code"]
    return installation.keys / key_names.AUTHORITIES / str(code)


def measure_signing(
    installation: Installation, count: int, beside: Sequence[Groups] = ()
) -> dict[str, Any]:
    """Milliseconds for each kind of signature, in one process, on `count` pages of other data.

    `beside` is measured on the same pages, batch by batch, so that whatever else the machine does
    meanwhile falls upon all alike.
    """
    authority = bench_authority(installation)
    groups = _together([_own(installation, authority), *beside])
    kinds = [kind for group in groups.values() for kind in group.values() if callable(kind)]
    times: dict[Sign, list[float]] = {kind: [] for kind in kinds}
    for first in range(0, count, BATCH):
        last = min(first + BATCH, count)
        serials = range(first + 1, last + WARM_UP + 1)
        pages = [write_unsigned(installation, serial, authority) for serial in serials]
        for kind, taken in times.items():
            taken += _seconds(kind, pages)[WARM_UP:]
    found = {
        group: {
            name: _figures(times[kind]) if callable(kind) else kind for name, kind in named.items()
        }
        for group, named in groups.items()
    }
    return {
        "count": count,
        **found,
        "rss_mb": peak_mb(),
        "machine": machine(),
        "data": SAID_OF_DATA,
    }


def _figures(times: Sequence[float]) -> dict[str, float]:
    """The usual ones, and the best: what other work on the machine has added least to."""
    return {**figures(times), "best_ms": round(min(times) * 1000, 2)}


def _seconds(sign: Sign, pages: Sequence[Unsigned]) -> list[float]:
    taken = []
    for page in pages:
        start = time.perf_counter()
        sign(page)
        taken.append(time.perf_counter() - start)
    return taken


def _own(installation: Installation, authority: AuthoritySeal) -> Groups:
    """What this installation signs with, and what of it the keys and the digests take."""
    return {
        "signatures": {
            "PDF B-B, P-256": sign_pdf(authority.pdf),
            "OFD seal, SM2": seal_ofd(authority.seal),
            "code in the QR, P-256": sign_code(installation),
        },
        "of which": {
            "SHA-256 of the PDF": lambda page: hashlib.sha256(page.pdf.data).digest(),
            "SM3 of the OFD's bytes": lambda page: sm3(page.package.data),
            "one P-256 signature": lambda _: authority.pdf.key.sign(MESSAGE),
            "one SM2 signature": lambda _: authority.seal.key.sign(MESSAGE),
        },
    }


def _together(groups: Iterable[Groups]) -> Groups:
    """All of them, those of one name put together."""
    found: dict[str, dict[str, Sign | str]] = {}
    for group in groups:
        for name, kinds in group.items():
            found.setdefault(name, {}).update(kinds)
    return found
