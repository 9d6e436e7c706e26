"""veraPDF finds that every PDF is PDF/A-3b, the signature and the attached data in it.

All files go through one run of veraPDF, because its JVM takes longer to start than a file to check.
"""

import re
from collections.abc import Callable

import pytest

from .asking_verapdf import Conformity, build, conformity
from .issued import SAMPLES, Issued
from .programs import need
from .specimens import SPECIMENS

pytestmark = pytest.mark.interop

FLAVOUR, PROFILE = "3b", "PDF/A-3B validation profile"
RULES = 146
"""Rules that veraPDF 1.28.2 tries for this flavour."""


def renamed(name: bytes) -> Callable[[bytes], bytes]:
    """Let a key go unseen: another name of the same length, so that every offset stays right."""
    return lambda pdf: pdf.replace(name, name[:-1] + b"x")


def short_range(pdf: bytes) -> bytes:
    """Let the signature leave out the file's last byte."""
    found = re.search(rb"/ByteRange ?\[\d+ \d+ \d+ (\d+)", pdf)
    assert found
    less = str(int(found[1]) - 1).encode().zfill(len(found[1]))
    return pdf[: found.start(1)] + less + pdf[found.end(1) :]


FAULTS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "no output intent": ("6.2.4.3-2", renamed(b"/OutputIntents")),
    "an attachment without its relation": ("6.8-3", renamed(b"/AFRelationship")),
    "not said to be archival": ("6.6.4-2", renamed(b"pdfaid:part")),
    "fonts not embedded": ("6.2.11.4.1-1", renamed(b"/FontFile2")),
    "a signature over a part of the file": ("6.4.3-1", short_range),
}
"""Faults put into a signed file, and the rule of ISO 19005-3 that each of them breaks."""


@pytest.fixture(scope="module")
def verdicts(
    certificates: dict[str, Issued], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Conformity]:
    """What veraPDF says of every file of this module, by name."""
    need("mvn", "java")
    folder = tmp_path_factory.mktemp("archival")
    files = {f"signed {name}": issued.pdf for name, issued in certificates.items()}
    for name, specimen in SPECIMENS.items():
        files[f"preview {name}"] = specimen.write(folder).pdf
    sound = certificates[SAMPLES[0].stem].pdf.read_bytes()
    for name, (_, fault) in FAULTS.items():
        assert fault(sound) != sound, name
        files[name] = folder / f"{name}.pdf"
        files[name].write_bytes(fault(sound))
    said = conformity(build(), files.values(), FLAVOUR)
    return {name: said[path] for name, path in files.items()}


@pytest.mark.parametrize("name", [path.stem for path in SAMPLES])
def test_a_signed_certificate_is_archival(name: str, verdicts: dict[str, Conformity]) -> None:
    assert verdicts[f"signed {name}"] == Conformity(PROFILE, RULES, ())


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_preview_is_archival(name: str, verdicts: dict[str, Conformity]) -> None:
    assert verdicts[f"preview {name}"] == Conformity(PROFILE, RULES, ())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_would_be_seen(fault: str, verdicts: dict[str, Conformity]) -> None:
    rule, _ = FAULTS[fault]
    assert rule in [said.partition(":")[0] for said in verdicts[fault].broken]
