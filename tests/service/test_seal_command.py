"""`sealpress seal make` and `seal show`: a seal that seals, and every mistake told by its name."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from renderer import raster, seal_art
from service import clock
from service.cli import main
from service.installation import Installation
from signing import certificates, key_folder, key_publication, key_ring, ses
from signing.errors import CannotSign
from signing.key_entry import Role

USCC = "11450100MB0000001Q"
OTHER = "11450100007565396J"
NAME = "南宁市住房和城乡建设局"


@pytest.fixture
def keys(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of keys of a home in which two authorities have theirs."""
    monkeypatch.setenv("SEALPRESS_HOME", str(installation.settings.home))
    for code in (USCC, OTHER):
        installation.authority_seal(NAME, code)
    return installation.keys


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "seal.png"
    path.write_bytes(raster.seal_png(seal_art.draw(NAME, 42.0), 72))
    return path


def make(picture: Path, out: Path, *more: str) -> int:
    required = ("--name", NAME, "--picture", str(picture), "--authority", USCC, "--out", str(out))
    return main(["seal", "make", *required, *more])


def sealing(keys: Path, seal: bytes, at: datetime) -> bytes:
    """A signature with that seal by the authority's own key."""
    signer = key_folder.load_seal_signer(keys, USCC)
    return ses.sign(
        key=signer.key,
        certificate=signer.certificate,
        seal=seal,
        data_hash=bytes(32),
        property_info="/Doc_0/Signs/Sign_0/Signature.xml",
        at=at,
    )


def own_certificate(keys: Path, authority: str = USCC) -> bytes:
    (entry,) = key_ring.load(keys).of(Role.SEAL_SIGNER, authority)
    return key_publication.chain(keys, entry)[0]


@pytest.mark.usefixtures("keys")
def test_a_seal_is_made_that_the_authority_seals_with(
    keys: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "seal.esl"
    assert make(picture, out, "--id", "45010000000001", "--type", "3") == 0
    found = ses.parse_seal(out.read_bytes())
    assert found.maker_signed()
    assert (found.id, found.property.name, found.property.type) == ("45010000000001", NAME, 3)
    assert found.property.certificates == (own_certificate(keys),)
    assert found.picture.data == picture.read_bytes()
    assert (found.picture.width, found.picture.height) == (42, 42)
    assert found.valid_at(clock.now())
    assert "45010000000001" in capsys.readouterr().out
    assert ses.parse_signature(sealing(keys, out.read_bytes(), clock.now())).signer_signed()


def test_everything_about_a_seal_can_be_chosen(keys: Path, picture: Path, tmp_path: Path) -> None:
    out, pem = tmp_path / "seal.esl", tmp_path / "signer.pem"
    pem.write_bytes(certificates.to_pem(own_certificate(keys)))
    chosen = ("--signer", str(pem), "--list", "digests", "--size", "30x30")
    assert make(picture, out, *chosen, "--from", "2024-12-01", "--until", "2025-12-01") == 0
    found = ses.parse_seal(out.read_bytes())
    assert found.property.certificates == ()
    assert found.lists(own_certificate(keys))
    assert found.picture.width == 30
    assert found.property.valid_to - found.property.valid_from == timedelta(days=365)


@pytest.mark.usefixtures("keys")
def test_a_seal_is_shown_to_people_and_to_programs(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seal.esl"
    make(picture, out)
    capsys.readouterr()
    assert main(["seal", "show", str(out)]) == 0
    assert "GB/T 38540-2020" in capsys.readouterr().out
    assert main(["seal", "show", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == NAME
    assert told["maker_signed"] is True
    assert told["valid_now"] is True
    assert told["signers"][0]["organisation"] == USCC
    assert told["picture"] == {
        "type": "png",
        "bytes": picture.stat().st_size,
        "width_mm": 42,
        "height_mm": 42,
    }


def test_a_seal_signature_is_shown_with_the_seal_in_it(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "SignedValue.dat"
    signed = sealing(keys, key_folder.load_seal_signer(keys, USCC).seal, clock.now())
    out.write_bytes(signed)
    assert main(["seal", "show", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["signer_signed"] is told["signer_listed"] is told["seal"]["maker_signed"] is True
    assert told["data"] == "/Doc_0/Signs/Sign_0/Signature.xml"
    assert told["time_stamp"] is None
    changed = bytearray(signed)
    changed[signed.index(bytes(32)) + 5] = 1
    out.write_bytes(changed)
    assert main(["seal", "show", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["signer_signed"] is False


def test_a_seal_that_its_maker_did_not_sign_is_shown_as_such(
    keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = key_folder.load_seal_signer(keys, USCC).seal
    out = tmp_path / "seal.esl"
    out.write_bytes(seal.replace(NAME.encode(), "北京市住房和城乡建设局".encode()))
    assert main(["seal", "show", str(out)]) == 1
    assert "maker_signed  no" in capsys.readouterr().out


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("content", [b"", b"noise", b"\x30\x00", bytes(3 << 20)])
def test_a_broken_seal_file_is_told_as_such(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "seal.esl"
    path.write_bytes(content)
    assert main(["seal", "show", str(path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "GB/T 38540" in said.err or "seal.esl" in said.err


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--size", "42x30"), "distorted"),
        (("--size", "large"), "whole mm"),
        (("--size", "250"), "whole mm"),
        (("--id", "编号"), "cannot be made"),
        (("--id", "1" * 300), "characters"),
        (("--until", "2020-01-01"), "end before"),
        (("--from", "yesterday"), "not a time"),
        (("--authority", "11450100MB9999999X"), "no signer"),
        (("--authority", "123"), "USCC"),
        (("--picture", "missing.png"), "missing.png"),
        (("--signer", "missing.pem"), "missing.pem"),
        (("--name", ""), "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:30],
)
def test_a_mistake_is_told_and_nothing_is_written(
    more: tuple[str, ...],
    words: str,
    picture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "seal.esl"
    assert make(picture, out, *more) == 1
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("keys")
def test_a_picture_of_another_kind_or_size_is_told_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jpeg = io.BytesIO()
    Image.new("RGB", (9, 9)).save(jpeg, "JPEG")
    for content, words in ((jpeg.getvalue(), "a JPEG"), (bytes(50 << 20), "524288 bytes")):
        path, out = tmp_path / "stamp.png", tmp_path / "seal.esl"
        path.write_bytes(content)
        assert make(path, out) == 1
        said = capsys.readouterr().err
        assert words in said
        assert "stamp.png" in said
        assert not out.exists()


def test_a_signer_of_another_authority_is_not_listed(
    keys: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pem, out = tmp_path / "signer.pem", tmp_path / "seal.esl"
    pem.write_bytes(certificates.to_pem(own_certificate(keys, OTHER)))
    assert make(picture, out, "--signer", str(pem)) == 1
    assert "another authority's signer" in capsys.readouterr().err
    pem.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert make(picture, out, "--signer", str(pem)) == 1
    assert "signer.pem" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("keys")
def test_a_seal_that_is_there_is_not_overwritten(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seal.esl"
    out.write_bytes(b"precious")
    assert make(picture, out) == 1
    assert "is there already" in capsys.readouterr().err
    assert out.read_bytes() == b"precious"


def test_an_expired_seal_seals_nothing_and_is_named(
    keys: Path, picture: Path, tmp_path: Path
) -> None:
    out, tomorrow = tmp_path / "seal.esl", clock.now() + timedelta(days=1)
    assert make(picture, out, "--id", "SHORT", "--until", tomorrow.isoformat()) == 0
    sealing(keys, out.read_bytes(), clock.now())
    with pytest.raises(CannotSign, match="the seal SHORT is valid from"):
        sealing(keys, out.read_bytes(), tomorrow + timedelta(hours=1))
