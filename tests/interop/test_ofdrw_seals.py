"""Seals cross over: ofdrw takes ours, our reader takes those of 2014 and 2020 that it sets."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from renderer import ofd
from service import press
from signing import certificates, ofd_seal, ses
from signing.errors import MalformedPackage
from signing.ofd_seal import Sealing, SealSigner
from signing.trust import TrustAnchors
from signing.tsa import Tsa
from verify import ofd as examining
from verify.check import CheckState

from . import openssl_tsa
from .altered_ofd import copied
from .asking_ofdrw import Ofdrw
from .programs import need
from .sealing import Parties
from .specimens import SPECIMENS

pytestmark = pytest.mark.interop

BOXES = ((20.0, 220.0, 42.0, 42.0), (130.0, 220.0, 42.0, 42.0), (85.0, 10.0, 42.0, 42.0))
FOREIGN = {"ofd_package", "ofd_packed_bytes", "ofd_dataset", "ofd_authority"}
"""What our reader misses in files of others: our way of packing, and our data set."""


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., Path]:
    """An unsigned page, which names its signatures already if ours are to follow."""

    def write(to_be_sealed: bool) -> Path:
        specimen, path = next(iter(SPECIMENS.values())), tmp_path / "page.ofd"
        info = press.preview_info(specimen.layout, specimen.content)
        path.write_bytes(ofd.write(specimen.page, info, to_be_sealed=to_be_sealed))
        return path

    return write


def sealed(
    page: Callable[..., Path],
    signer: SealSigner,
    count: int = 1,
    *,
    keep_open: bool = False,
) -> Path:
    """A page with that many seals of ours, and the path that it is written to."""
    path = page(to_be_sealed=True)
    sealings = [Sealing(signer, box) for box in BOXES[:count]]
    path.write_bytes(
        ofd_seal.seal_all(path.read_bytes(), sealings, datetime.now(UTC), keep_open=keep_open)
    )
    return path


def not_passed(path: Path, anchors: TrustAnchors) -> dict[str, CheckState]:
    """What our reader does not let pass, knowing the root."""
    checks = examining.examine(path.read_bytes(), anchors, datetime.now(UTC)).checks
    return {check.id: check.state for check in checks if check.state is not CheckState.PASSED}


def values(path: Path) -> list[ses.SealSignature]:
    """The seal signatures in a file, in the order of their folders."""
    with zipfile.ZipFile(path) as package:
        names = sorted(name for name in package.namelist() if name.endswith("SignedValue.dat"))
        return [ses.parse_signature(package.read(name)) for name in names]


# --- ours, read by ofdrw -------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3])
def test_ofdrw_calls_several_seals_of_ours_valid_and_finds_each(
    count: int, page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw
) -> None:
    path = sealed(page, parties.signer, count)
    assert ofdrw.validate(path)["verdict"] == "VALID"
    info = ofdrw.info(path)
    assert info["signatures"] == count
    places = [place for seal in info["seals"] for place in seal["places"]]
    assert places == [" ".join(f"{side:g}" for side in box) for box in BOXES[:count]]


def test_ofdrw_calls_any_changed_part_of_several_seals_invalid(
    page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    path = sealed(page, parties.signer, 2)
    with zipfile.ZipFile(path) as package:
        parts = [name for name in package.namelist() if "/Signs/" in name]
    for part in parts:

        def change(name: str, data: bytes, part: str = part) -> bytes:
            if name != part:
                return data
            return data + b"\n" if name.endswith(".xml") else data[:-1] + bytes([data[-1] ^ 1])

        copy = copied(path, tmp_path / "changed.ofd", change)
        assert ofdrw.validate(copy)["verdict"] == "INVALID", part


def test_ofdrw_calls_a_seal_with_a_time_stamp_valid(
    page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    need("openssl")
    folder = tmp_path / "tsa"
    folder.mkdir()
    authority = openssl_tsa.found(folder, "ec")
    roots = certificates.from_pem(authority.root.read_bytes())
    with openssl_tsa.serving(authority) as url:
        path = sealed(page, replace(parties.signer, stamping=Tsa(url, roots)))
    assert [value.time_stamp is None for value in values(path)] == [False]
    assert ofdrw.validate(path)["verdict"] == "VALID"
    anchors = replace(parties.anchors, tsa_roots=roots, tsa_crls=(authority.crl.read_bytes(),))
    assert set(not_passed(path, anchors)) == {"ofd_dataset", "ofd_authority"}


def test_ofdrw_draws_each_seal_in_its_place(
    page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    plain, stamped = tmp_path / "plain.png", tmp_path / "sealed.png"
    ofdrw.render(page(to_be_sealed=True), plain, 100)
    ofdrw.render(sealed(page, parties.signer, 3), stamped, 100)
    with Image.open(plain) as before, Image.open(stamped) as after:
        scale = after.width / 210
        for left, top, width, height in BOXES:
            place = tuple(round(side * scale) for side in (left, top, left + width, top + height))
            assert before.crop(place).tobytes() != after.crop(place).tobytes()
            assert red(after.crop(place)) > red(before.crop(place)) + 0.05


def red(picture: Image.Image) -> float:
    """Which share of the pixels is as red as a seal."""
    data = picture.convert("RGB").tobytes()
    pixels = list(zip(data[::3], data[1::3], data[2::3], strict=True))
    return sum(r > 150 and g < 110 and b < 110 for r, g, b in pixels) / len(pixels)


# --- ofdrw's, read by us -------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 4])
def test_our_reader_accepts_the_seals_that_ofdrw_sets(
    version: int, page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    out = tmp_path / "by-ofdrw.ofd"
    ofdrw.seal(page(to_be_sealed=False), out, version, parties.write())
    (value,) = values(out)
    assert (value.version, value.seal.version) == (version, version)
    assert value.signer_signed()
    assert value.seal.maker_signed()
    assert value.seal.lists(value.certificate)
    assert abs((value.signed_at - datetime.now(UTC)).total_seconds()) < 60
    assert set(not_passed(out, parties.anchors)) == FOREIGN


@pytest.mark.parametrize("version", [1, 4])
def test_our_reader_notices_any_change_in_what_ofdrw_sealed(
    version: int, page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    out = tmp_path / "by-ofdrw.ofd"
    ofdrw.seal(page(to_be_sealed=False), out, version, parties.write())
    with zipfile.ZipFile(out) as package:
        parts = [name for name in package.namelist() if not name.endswith("/")]
    for part in parts:

        def change(name: str, data: bytes, part: str = part) -> bytes:
            return data[:-1] + bytes([data[-1] ^ 1]) if name == part else data

        copy = copied(out, tmp_path / "changed.ofd", change)
        found = not_passed(copy, parties.anchors)
        assert set(found) > FOREIGN or "ofd_structure" in found, part


def test_a_seal_of_ofdrws_beside_ours_breaks_neither(
    page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    opened, out = sealed(page, parties.signer, keep_open=True), tmp_path / "both.ofd"
    ofdrw.seal(opened, out, 4, parties.write())
    assert ofdrw.validate(out)["verdict"] == "VALID"
    assert [value.seal.vendor for value in values(out)] == ["SEALPRESS", "ofdrw"]
    assert set(not_passed(out, parties.anchors)) == FOREIGN


def test_a_seal_of_ours_beside_ofdrws_is_refused_for_its_packing(
    page: Callable[..., Path], parties: Parties, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    """It writes folders into the ZIP: a package that could be read in two ways is not sealed."""
    out = tmp_path / "by-ofdrw.ofd"
    ofdrw.seal(page(to_be_sealed=False), out, 4, parties.write(), final=False)
    with pytest.raises(MalformedPackage, match="no name of a part"):
        ofd_seal.seal(out.read_bytes(), parties.signer, BOXES[1], datetime.now(UTC))
