"""`sealpress bench`: figures of the stated form, and a report made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service import bench_peers
from service.bench_data import CHARACTERS, bench_layout, varied
from service.cli import main


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


def test_pairs_are_measured(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "pair", "--count", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["count"] == 2
    assert found["median_ms"] > 0


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
