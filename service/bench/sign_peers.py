"""Other programs that sign the same pages, each in the manner of its own documentation.

pyHanko (PAdES B-B, with the same key and certificate) is measured page for page beside ours; ofdrw
in a JVM of its own, which is warmed up first. ofdrw comes as the jar that `make interop` builds.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from renderer import ofd
from renderer.attachment import Attachment
from renderer.compose import Code, compose
from service.bench.data import bench_layout, sheet
from service.bench.sign import Groups, Sign, Unsigned, bench_home
from service.installation import Installation
from service.press import document_info, printed_fields
from signing import key_names
from signing.key_entry import Role
from verify.dataset import FILE_NAME

OFDRW_JAR = Path(__file__).parents[2] / "tests/interop/ofdrw/target/ask-ofdrw.jar"
OFDRW_COUNT = 100
"""Pages that the clock counts; ofdrw takes 20 ms and more for one."""
OFDRW_WARM_UP = 200
"""Pages before them, in which the JVM compiles what matters."""
OFDRW_SECONDS = 300
"""When a JVM that has not answered is given up."""


def peers(installation: Installation) -> Groups:
    """Those that run in this process, page for page beside ours."""
    return {"beside": {"pyHanko's PDF B-B, P-256": pyhanko(bench_home(installation))}}


def pyhanko(home: Path) -> Sign:
    """PAdES B-B with the key and certificate in an authority's folder, the signer loaded once."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    key, certificate, _ = key_names.in_home(home, Role.PDF_SIGNER)
    signer = signers.SimpleSigner.load(  # type: ignore[no-untyped-call] # pyHanko types it not
        str(key), str(certificate)
    )
    if signer is None:  # it logs why
        raise ValueError("pyHanko cannot load the key")
    about = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )

    def sign(page: Unsigned) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(page.plain))
        out = signers.PdfSigner(about, signer).sign_pdf(writer, output=io.BytesIO())
        return bytes(out.getbuffer())

    return sign


def measure_ofdrw(installation: Installation) -> dict[str, str]:
    """What ofdrw takes for sealing a page of ours, and for making one and sealing it."""
    if missing := _missing():
        return {"seal": missing}
    with tempfile.TemporaryDirectory() as folder:
        write_question(Path(folder), installation)
        found = _ask(Path(folder))
    return {
        "seal a page of ours": f"{found['seal_ms']:.1f} ms",
        "make a page and seal it": f"{found['make_and_seal_ms']:.1f} ms",
    }


def write_question(folder: Path, installation: Installation) -> None:
    """The files that `Bench.java` reads; the keys are those of a development authority."""
    layout, home = bench_layout(), bench_home(installation)
    made = sheet(installation, layout, 1, development=False)
    page = compose(layout, made.content, [Code(made.code)])
    files = [Attachment(FILE_NAME, made.dataset, "application/json", "签名数据集")]
    (folder / "page.ofd").write_bytes(ofd.write(page, document_info(made), files))
    rows = printed_fields(layout, made.content).items()
    (folder / "rows.txt").write_text("".join(f"{k}：{v}\n" for k, v in rows), "utf-8")
    sources = key_names.in_home(home, Role.SEAL_SIGNER)
    for source, name in zip(sources, ("key.pem", "certificate.pem", "seal.esl"), strict=True):
        shutil.copyfile(source, folder / name)


def measure_ofdrw_verifying(installation: Installation) -> dict[str, str]:
    """What ofdrw takes for validating a page of ours that it has sealed."""
    if missing := _missing():
        return {"validate a page of ours": missing}
    with tempfile.TemporaryDirectory() as folder:
        write_question(Path(folder), installation)
        found = _ask(Path(folder), "validate")
    return {"validate a page of ours": f"{found['validate_ms']:.1f} ms"}


def _missing() -> str | None:
    """What is not there of all that ofdrw needs."""
    if shutil.which("java") is None:
        return "not installed (java)"
    if not OFDRW_JAR.is_file() or OFDRW_JAR.stat().st_mtime < _newest(OFDRW_JAR.parents[1] / "src"):
        return "not built from what it is now (make interop)"
    return None


def _newest(folder: Path) -> float:
    """When a file of a folder was last changed, seconds of the epoch."""
    return max(one.stat().st_mtime for one in folder.rglob("*.java"))


def _ask(folder: Path, what: str = "seal") -> dict[str, Any]:
    words = ["java", "-cp", str(OFDRW_JAR), "sealpress.interop.Bench", str(folder)]
    done = subprocess.run(  # noqa: S603 - our own program, found on the path like any other
        [*words, str(OFDRW_COUNT), str(OFDRW_WARM_UP), what],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=OFDRW_SECONDS,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
