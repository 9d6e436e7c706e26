"""`sealpress bench`: figures of the stated form, and a report made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.bench import peers as bench_peers
from service.bench import sign as bench_sign
from service.bench import sign_keys, sign_peers
from service.bench.data import CHARACTERS, bench_layout, varied
from service.cli import main
from service.installation import Installation

REMOTE_PDF = "PDF B-B, P-256 in a seal service"
SOFTHSM_PDF = "PDF B-B, P-256 in SoftHSM"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEALPRESS_HOME", str(tmp_path))
    return tmp_path


def test_rendering_is_measured_in_parts_with_the_machine_and_the_data(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = home / "performance.md"
    asked = ["bench", "render", "--count", "5", "--json", "--soak", "0.1", "--no-peers"]
    assert main([*asked, "--write", str(report)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 5
    assert 0 < found["best_ms"] <= found["median_ms"] <= found["p95_ms"]
    parts = found["compose_ms"] + found["pdf_ms"] + found["ofd_ms"]
    assert parts == pytest.approx(found["median_ms"], rel=0.5)
    assert found["per_s"] > 1
    assert min(found["rss_mb"], found["rss_start_mb"], found["rss_end_mb"]) > 10
    assert found["soak_count"] > 300
    assert "Python 3." in found["machine"]
    text = report.read_text("utf-8")
    assert f"| **all three** | **{found['median_ms']}** |" in text
    assert f"{found['rss_start_mb']} MiB once" in text
    assert "| OFD seal, SM2 | " in text


def test_pairs_are_measured(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "pair", "--count", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 2
    assert found["median_ms"] > 0


def test_signatures_are_measured_apart_with_what_they_are_made_of(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "sign", "--count", "3", "--json", "--no-peers"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 3
    whole, parts = found["signatures"], found["of which"]
    for name in ("PDF B-B, P-256", "PDF B-B, RSA-3072", "OFD seal, SM2", "code in the QR, P-256"):
        assert 0 < whole[name]["median_ms"] <= whole[name]["p95_ms"]
    # What is signed by another process takes longer than the same key in this one.
    assert whole["PDF B-B, P-256"]["median_ms"] < whole[REMOTE_PDF]["median_ms"]
    assert parts["one SM2 signature"]["median_ms"] < whole["OFD seal, SM2"]["median_ms"]
    assert SOFTHSM_PDF in whole  # measured, or said to be missing
    assert "beside" not in found


def test_pages_beyond_a_batch_are_measured_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_sign, "BATCH", 2)
    signed: list[int] = []
    kinds = {"mine": {"counting": lambda page: signed.append(page.serial), "absent": "missing"}}
    installation = Installation.open(home)
    found = bench_sign.measure_signing(installation, 5, [kinds])
    assert found["mine"]["absent"] == "missing"
    assert len(signed) == 5 + 3 * bench_sign.WARM_UP
    assert found["mine"]["counting"]["median_ms"] < found["signatures"]["OFD seal, SM2"]["p95_ms"]


def test_pyhanko_signs_the_same_page_with_the_same_key(home: Path) -> None:
    installation = Installation.open(home)
    authority = bench_sign.bench_authority(installation)
    page = bench_sign.write_unsigned(installation, 1, authority)
    signed = sign_peers.pyhanko(bench_sign.bench_home(installation))(page)
    assert isinstance(signed, bytes)
    assert signed.startswith(page.plain)
    assert b"/ETSI.CAdES.detached" in signed[len(page.plain) :]


def test_without_a_jvm_or_its_jar_ofdrw_is_said_to_be_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation.open(home)
    monkeypatch.setattr(sign_peers, "OFDRW_JAR", home / "none.jar")
    assert "not " in sign_peers.measure_ofdrw(installation)["seal"]
    monkeypatch.setenv("PATH", "")
    assert sign_peers.measure_ofdrw(installation) == {"seal": "not installed (java)"}


def test_a_token_that_is_not_there_is_said_to_be_missing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_keys, "SOFTHSM", home / "none.so")
    with sign_keys.in_token(Installation.open(home)) as groups:
        assert groups == {"signatures": {SOFTHSM_PDF: "not installed (softhsm2)"}}


def test_no_two_certificates_of_the_bench_have_the_same_data() -> None:
    made = [varied(bench_layout(), serial)["face"] for serial in range(1, 400)]
    assert len({json.dumps(face, sort_keys=True) for face in made}) == len(made)
    assert len(set(CHARACTERS)) > 60


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_peers, "PEERS", {"no_such_renderer": lambda: lambda _: b""})
    assert bench_peers.measure_peers() == {"no_such_renderer": "not installed"}


@pytest.mark.parametrize("name", sorted(bench_peers.PEERS))
def test_a_peer_draws_the_values(name: str) -> None:
    pytest.importorskip(name)
    pypdf = pytest.importorskip("pypdf")
    import io

    rows = [("设备类别", "塔式起重机"), ("规格型号", "QTZ80")]
    drawn = bench_peers.PEERS[name]()(rows)
    text = pypdf.PdfReader(io.BytesIO(drawn)).pages[0].extract_text()
    assert "塔式起重机" in text
    assert "QTZ80" in text
