"""EU DSS finds every level as it was made, and totally passed; pdfsig, openssl, veraPDF agree.

All files go through one run of each JVM.
"""

import re
from pathlib import Path

import pytest

from .asking_dss import Opinion, build, opinions
from .asking_verapdf import Conformity, conformity
from .asking_verapdf import build as build_verapdf
from .der_values import children, content, first_value
from .openssl_tsa import Authority
from .programs import need, run
from .signed_levels import KINDS, SignedPdf, Workshop
from .test_archival_pdf import FLAVOUR, PROFILE, RULES

pytestmark = pytest.mark.interop

STAMPS = {"B-B": 0, "B-T": 1, "B-LT": 1, "B-LTA": 2}
"""Time stamps at each level."""

NAMES = [f"{kind} {level}" for kind in KINDS for level in STAMPS]
PROVEN = [name for name in NAMES if name.endswith(("B-LT", "B-LTA"))]
"""Those that carry their revocation lists."""

PASSED = "TOTAL_PASSED"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    need("openssl")
    return Workshop(tmp_path_factory.mktemp("levels"))


@pytest.fixture(scope="module")
def files(workshop: Workshop) -> dict[str, SignedPdf]:
    """Every kind and level, by name."""
    return {file.name: file for file in workshop.files()}


@pytest.fixture(scope="module")
def jar() -> Path:
    need("mvn", "java", "javac")
    return build()


@pytest.fixture(scope="module")
def said(jar: Path, workshop: Workshop, files: dict[str, SignedPdf]) -> dict[str, Opinion]:
    """What DSS says of each, with our roots and lists at hand."""
    paths = [file.path for file in files.values()]
    found = opinions(jar, paths, workshop.anchors, workshop.crls)
    return dict(zip(files, found, strict=True))


@pytest.fixture(scope="module")
def said_later(jar: Path, workshop: Workshop, files: dict[str, SignedPdf]) -> dict[str, Opinion]:
    """What it says with our roots alone, when no list is to be had any more."""
    paths = [file.path for file in files.values()]
    return dict(zip(files, opinions(jar, paths, workshop.anchors), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_level_is_found_as_it_was_made_and_passes(name: str, said: dict[str, Opinion]) -> None:
    level = name.split()[1]
    stamps = ("PASSED",) * STAMPS[level]
    assert said[name] == Opinion(f"PAdES-BASELINE-{level[2:]}", PASSED, None, (), stamps)


@pytest.mark.parametrize("name", NAMES)
def test_what_carries_its_lists_needs_no_others(name: str, said_later: dict[str, Opinion]) -> None:
    expected = PASSED if name in PROVEN else "INDETERMINATE"
    assert said_later[name].indication == expected


def test_no_changed_file_passes(
    jar: Path, workshop: Workshop, files: dict[str, SignedPdf], tmp_path: Path
) -> None:
    changed = [tmp_path / file.path.name for file in files.values()]
    for file, path in zip(files.values(), changed, strict=True):
        data = bytearray(file.path.read_bytes())
        data[data.index(b"/MediaBox") + len(b"/MediaBox[0 0 ")] ^= 1
        path.write_bytes(data)
    for found in opinions(jar, changed, workshop.anchors, workshop.crls):
        assert (found.indication, found.why) == ("TOTAL_FAILED", "HASH_FAILURE")


def test_without_the_roots_nothing_passes(
    jar: Path, workshop: Workshop, files: dict[str, SignedPdf]
) -> None:
    paths = [file.path for file in files.values()]
    authorities = workshop.anchors[2:]
    for found in opinions(jar, paths, authorities, workshop.crls):
        assert (found.indication, found.why) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.fixture(scope="module")
def archival(files: dict[str, SignedPdf]) -> dict[str, Conformity]:
    """What veraPDF says of each."""
    need("mvn", "java")
    found = conformity(build_verapdf(), [file.path for file in files.values()], FLAVOUR)
    return {name: found[file.path] for name, file in files.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_level_is_archival(name: str, archival: dict[str, Conformity]) -> None:
    assert archival[name] == Conformity(PROFILE, RULES, ())


@pytest.mark.parametrize("name", NAMES)
def test_pdfsig_and_qpdf_accept_every_level(name: str, files: dict[str, SignedPdf]) -> None:
    need("pdfsig", "qpdf")
    path = files[name].path
    said = run("pdfsig", "-nocert", path, exit_codes=None).stdout
    signature, *archive = re.split(r"Signature #\d+:", said)[1:]
    assert "Signature Validation: Signature is Valid." in signature
    assert len(archive) == name.endswith("B-LTA")
    # Poppler checks no document time stamp, but tells what it covers: all that there is.
    assert "Total document signed" in (archive[-1] if archive else signature) or "B-LT" in name
    done = run("qpdf", "--check", path)
    assert "WARNING" not in done.stdout + done.stderr


def time_stamped(path: Path) -> list[tuple[bytes, bytes]]:
    """Every token in a file with the bytes that it is of."""
    data, found = path.read_bytes(), []
    for match in re.finditer(rb"/ByteRange\[0 (\d+) (\d+) (\d+) *\]", data):
        start, end, rest = map(int, match.groups())
        cms = first_value(bytes.fromhex(data[start + 1 : end - 1].decode()))
        if b"/SubFilter/ETSI.RFC3161" in data[end : end + rest]:
            found.append((cms, data[:start] + data[end : end + rest]))
        else:
            found += signature_time_stamps(cms)
    return found


def signature_time_stamps(cms: bytes) -> list[tuple[bytes, bytes]]:
    _, wrapped = children(cms)
    (signer_infos,) = children(children(wrapped)[0])[-1:]
    fields = children(children(signer_infos)[0])
    if fields[-1][0] != 0xA1:  # no unsigned attributes
        return []
    (attribute,) = children(fields[-1])
    (token,) = children(children(attribute)[1])
    return [(token, content(fields[-2]))]


@pytest.mark.parametrize("name", NAMES)
def test_openssl_verifies_every_time_stamp(
    name: str, files: dict[str, SignedPdf], workshop: Workshop, tmp_path: Path
) -> None:
    authority: Authority = workshop.authorities[files[name].kind]
    found = time_stamped(files[name].path)
    assert len(found) == STAMPS[files[name].level]
    for token, message in found:
        (tmp_path / "token").write_bytes(token)
        (tmp_path / "message").write_bytes(message)
        words = ("-in", tmp_path / "token", "-token_in", "-data", tmp_path / "message")
        done = run("openssl", "ts", "-verify", *words, "-CAfile", authority.root)
        assert "Verification: OK" in done.stdout + done.stderr


def test_openssl_refuses_a_time_stamp_of_something_else(
    files: dict[str, SignedPdf], workshop: Workshop, tmp_path: Path
) -> None:
    ((token, message),) = time_stamped(files["ec B-T"].path)
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "message").write_bytes(message + b"\0")
    words = ("-in", tmp_path / "token", "-token_in", "-data", tmp_path / "message")
    root = workshop.authorities["ec"].root
    done = run("openssl", "ts", "-verify", *words, "-CAfile", root, exit_codes=None)
    assert done.returncode != 0
