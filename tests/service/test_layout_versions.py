"""A certificate is drawn for ever from the version of the layout that it was made with."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

from renderer import layout
from service import press, previews
from service.cancelling import cancel, find
from service.cli import main
from service.documents import DocumentStore
from service.installation import Installation
from service.issuing import issue
from service.request import Request

FILING = "crane-filing"
TITLE_THEN, TITLE_NOW = "建筑起重机械备案证", "建筑起重机械备案证书"


@pytest.fixture
def layouts(tmp_path: Path) -> Iterator[Path]:
    """A copy of all layouts, the only ones that are known meanwhile."""
    folder = Path(shutil.copytree(layout.FOLDER, tmp_path / "layouts"))
    with layout.layouts_in(folder):
        yield folder


def add_version(layouts: Path, version: str = "C0500-2030") -> None:
    """A newer version of the filing certificate: another title, another label."""
    folder = Path(shutil.copytree(layouts / FILING / "C0392-2024", layouts / FILING / version))
    path = folder / "layout.toml"
    text = path.read_text("utf-8").replace("C0392-2024", version).replace("产权单位", "所有权人")
    path.write_text(text.replace(f'"{TITLE_THEN}"', f'"{TITLE_NOW}"'), "utf-8")


def words(pdf: bytes) -> str:
    """The text of a PDF's page."""
    return pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_a_new_version_is_right_and_the_current_one(layouts: Path) -> None:
    add_version(layouts)
    assert main(["layout", "check", str(layouts / FILING / "C0500-2030")]) == 0
    assert layout.load(FILING).title == TITLE_NOW
    assert layout.load(FILING, "C0392-2024").title == TITLE_THEN


def test_the_latest_year_is_current_whatever_the_standards_number(layouts: Path) -> None:
    add_version(layouts, "C0100-2031")
    assert layout.load(FILING).version == "C0100-2031"


def test_a_certificate_keeps_its_version_when_a_newer_one_comes(
    layouts: Path,
    installation: Installation,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[str] = []

    def preview(form: layout.Layout, *rest: Any) -> Any:
        drawn.append(form.version)
        return genuine(form, *rest)

    genuine = press.preview
    monkeypatch.setattr(press, "preview", preview)
    old = issue(installation, request_of("06")).entry
    add_version(layouts)
    known = installation.register.by_license_id(old.license_id)
    assert known is not None
    assert (known.layout_version, known.title) == ("C0392-2024", TITLE_THEN)
    assert known.labels["owner"] == "产权单位"
    previews.png(installation, known)
    new = issue(installation, request_of("06", number="桂AA-T202400002")).entry
    assert (new.layout_version, new.title) == ("C0500-2030", TITLE_NOW)
    assert new.labels["owner"] == "所有权人"
    previews.png(installation, new)
    assert drawn == ["C0392-2024", "C0500-2030"]
    assert "产权单位" in words(installation.documents.get(old.pdf_sha256))
    assert "所有权人" in words(installation.documents.get(new.pdf_sha256))


def test_a_certificate_begun_before_a_new_version_is_finished_with_its_own(
    layouts: Path,
    installation: Installation,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> str:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(DocumentStore, "put", full)
        with pytest.raises(OSError, match="no space"):
            issue(installation, request_of("06"))
    add_version(layouts)
    entry = issue(installation, request_of("06")).entry
    assert entry.layout_version == "C0392-2024"
    text = words(installation.documents.get(entry.pdf_sha256))
    assert "产权单位" in text
    assert "所有权人" not in text


def test_a_cancelled_number_issued_anew_is_drawn_with_the_current_version(
    layouts: Path, installation: Installation, request_of: Callable[..., Request]
) -> None:
    old = issue(installation, request_of("06")).entry
    add_version(layouts)
    cancel(installation, find(installation, old.number), "照面信息变更")
    new = issue(installation, request_of("06", face__owner="广西示例机械有限公司")).entry
    assert (new.number, new.version, new.layout_version) == (old.number, 2, "C0500-2030")
