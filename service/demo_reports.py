"""The demonstration's part for inspectors: five files, each with the report on it.

A genuine one, a forged one, a cancelled one, a foreign one, and an old one whose signer's key was
revoked since.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from service.demo_steps import run, run_plain, say
from verify import check_names
from verify.compare import EARLIER

PAGE = "Doc_0/Pages/Page_0/Content.xml"
DRAWN = re.compile(r"<ofd:Glyphs>([0-9 ]+)</ofd:Glyphs>.*?<ofd:TextCode[^>]*>([^<]*)<")
"""The glyphs of a text and the text itself, as our OFDs write them."""


def show_reports(genuine: dict[str, Any], cancelled: dict[str, Any], folder: Path) -> None:
    """Report on each kind of file; `genuine` and `cancelled` are answers of `sealpress issue`."""
    folder.mkdir(parents=True)
    forged, foreign = folder / "forged.ofd", folder / "foreign.pdf"
    forged.write_bytes(_with_another_model(Path(genuine["ofd"]).read_bytes()))
    foreign.write_bytes(_of_somebody_else())
    _report("真 (genuine)", genuine["pdf"], expected=0)
    _report("伪造 (forged): 规格型号 QTZ80 → QTZ90", str(forged), expected=1)
    _report("已注销 (cancelled)", cancelled["ofd"], expected=2)
    _report("他处文件 (foreign)", str(foreign), expected=3)
    _revoke_the_signer_of(genuine)
    _report("旧 (old): 签名密钥已吊销，登记库证明签发在先", genuine["pdf"], expected=0)
    _report("旧 (old), --offline: 没有登记库作证", genuine["pdf"], "--offline", expected=1)


def _report(title: str, subject: str, *options: str, expected: int) -> None:
    """The verdict, every value that differs, and every check that was made and did not pass."""
    (verdict,) = run("verify", subject, "--json", *options, expected=expected)
    say(f"   {title}: {verdict['verdict']}\n      {verdict['reason']}")
    for item in verdict["altered"]:
        say(f"      {item['label']}: 签发 (signed) {item['signed']}，所见 (found) {item['found']}")
    for check in verdict["checks"]:
        if check["state"] != "passed" and check["reason"] != EARLIER:
            name = check_names.name(check["id"])[0]
            say(f"      {check['state']:12} {name} ({check['id']}): {check['reason']}")


def _with_another_model(package: bytes) -> bytes:
    """What a forger with a ZIP program makes of an OFD: the page shows another model."""
    source, target = zipfile.ZipFile(io.BytesIO(package)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == PAGE:
                data = _forged(data.decode()).encode()
            out.writestr(zipfile.ZipInfo(entry.filename), data)
    return target.getvalue()


def _forged(page: str) -> str:
    """The 8 of QTZ80 drawn as a 9, whose glyph the factory number has, and told so as well."""
    texts = {text: glyphs for glyphs, text in DRAWN.findall(page)}
    model = next(text for text in texts if text.startswith("QTZ80"))
    nine = next(
        glyphs.split()[text.index("9")] for text, glyphs in texts.items() if text.isdecimal()
    )
    glyphs = texts[model].split()
    glyphs[model.index("8")] = nine
    return page.replace(texts[model], " ".join(glyphs)).replace(model, model.replace("8", "9"))


def _of_somebody_else() -> bytes:
    """A PDF that has nothing to do with us."""
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _revoke_the_signer_of(issued: dict[str, Any]) -> None:
    """Give the authority's PDFs a new signer, and revoke the one that signed until now."""
    authority = issued["license_id"].split(".")[6]
    run_plain("keys", "rotate", "pdf-signer", "--authority", authority)
    run_plain("keys", "revoke", f"pdf-signer-{authority}-1", "--reason", "superseded")
