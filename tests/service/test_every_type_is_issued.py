"""The three types go the whole way: issued, verified in every form, looked up, cancelled."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from service import clock
from service.cli import main
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from signing import cose
from verify import decide
from verify.presentation import PUBLIC

SAMPLES = Path(__file__).parent.parent / "samples"

TYPES = {
    "06": ("桂AA-T202400001", "桂AA－T202400001", "19020319"),
    "07": ("450100202401010001", " 450100 20240101 0001", "广西示例房地产开发有限公司"),
}


def looked_up(installation: Installation, number: str, second: str) -> str:
    """The verdict on a number and the value printed beside it, as the public sees it."""
    now: datetime = clock.now()
    found = decide.number(
        number, second, register=installation.register, at=now, now=now, view=PUBLIC
    )
    return found.verdict.value


@pytest.mark.parametrize("name", TYPES)
def test_a_certificate_is_valid_in_every_form_and_then_cancelled(
    name: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    (sample,) = SAMPLES.glob(f"{name}*.json")
    assert main(["issue", str(sample), "--out", str(tmp_path / "out")]) == 0
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    number, other_form, _ = TYPES[name]
    assert line["number"] == number
    subjects = [line["pdf"], line["ofd"], line["verify_url"], number, other_form]
    assert [main(["verify", subject]) for subject in subjects] == [0] * 5
    assert [main(["verify", subject, "--offline"]) for subject in subjects[:3]] == [0] * 3
    assert main(["cancel", number, "--reason", "照面信息变更"]) == 0
    assert [main(["verify", subject]) for subject in subjects] == [2] * 5


@pytest.mark.parametrize("name", TYPES)
def test_both_files_show_what_the_face_says(
    name: str, installation: Installation, request_of: Callable[..., Request], tmp_path: Path
) -> None:
    entry = issue(installation, request_of(name)).entry
    for kind, sha256 in (("pdf", entry.pdf_sha256), ("ofd", entry.ofd_sha256)):
        (tmp_path / kind).write_bytes(installation.documents.get(sha256))
    text = pypdf.PdfReader(tmp_path / "pdf").pages[0].extract_text()
    with zipfile.ZipFile(tmp_path / "ofd") as package:
        content = package.read("Doc_0/Pages/Page_0/Content.xml").decode()
    for value in (entry.number, *(v for k, v in entry.face.items() if not k.endswith("_on"))):
        assert value in text
        assert value in content


def test_the_custom_data_of_an_ofd_have_units_and_dates_as_printed(
    installation: Installation, request_of: Callable[..., Request], tmp_path: Path
) -> None:
    entry = issue(installation, request_of("06")).entry
    (tmp_path / "x").write_bytes(installation.documents.get(entry.ofd_sha256))
    with zipfile.ZipFile(tmp_path / "x") as package:
        described = package.read("OFD.xml").decode()
    for value in ("460000.00元", "15年", "2019年02月20日", "2024年03月18日"):
        assert value in described


@pytest.mark.parametrize("name", TYPES)
def test_the_public_needs_the_second_field_beside_the_number(
    name: str, installation: Installation, request_of: Callable[..., Request]
) -> None:
    number, other_form, second = TYPES[name]
    issue(installation, request_of(name))
    assert looked_up(installation, number, second) == "valid"
    assert looked_up(installation, other_form, f" {second} ") == "valid"
    for wrong in ("", "1", second[:-1], number):
        assert looked_up(installation, number, wrong) == "unknown"


def test_the_code_of_a_permit_carries_its_developer(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    long = "广西壮族自治区南宁市示例房地产综合开发建设投资（集团）股份有限公司"
    for developer in ("广西示例房地产", long):
        number = f"45010020240101{len(developer):04d}"
        asked = request_of("07", number=number, face__developer=developer)
        url = issue(installation, asked).verify_url
        digits = url.removeprefix(installation.settings.code_prefix)
        claimed = cose.decode(cose.from_digits(digits)).claims.factory_number
        assert claimed
        assert cose.same_factory_number(claimed, developer)


def test_a_number_is_allotted_where_a_request_brings_none(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    numbers = [
        issue(installation, request_of(name, number=None, **changes)).entry.number
        for name, changes in (
            ("06", {}),
            ("06", {"face__factory_number": "2"}),
            ("07", {}),
            ("07", {"face__developer": "广西示例投资有限公司"}),
            ("07", {"issued_on": "2024-01-02"}),
        )
    ]
    assert numbers == [
        "桂AA-T202400001",
        "桂AA-T202400002",
        "450100202401010001",
        "450100202401010002",
        "450100202401020001",
    ]
