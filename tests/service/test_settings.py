from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from service import settings
from service.errors import Misconfigured
from service.installation import CRL_FILES, TOKEN_FILE, Installation
from signing import development


def load(tmp_path: Path, text: str) -> settings.Settings:
    """The settings of a file with that text."""
    (tmp_path / "config.toml").write_text(text, "utf-8")
    return settings.load(tmp_path)


def test_the_file_made_on_first_use_is_a_development_installation(tmp_path: Path) -> None:
    found = load(tmp_path, settings.DEFAULT_CONFIG)
    assert found.development
    assert found.base_url == "https://sealpress.example"
    assert found.code_prefix == "HTTPS://SEALPRESS.EXAMPLE/V/"
    assert found.database_url.endswith("register.db")
    assert found.last_resort_font is None
    assert found.type_suffix == {"crane-use-registration": "999"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mode = 'test'", "mode"),
        ("base_url = 'http://example.org'", "base_url"),
        ("base_url = 'https://example.org/path'", "base_url"),
        ("base_url = 'https:///'", "base_url"),
        ("base_url = 5", "base_url"),
        ("", "base_url"),
        (f"base_url = 'https://{'a' * 60}.gov.cn'", "too long"),
        ("mode = 'production'\nbase_url = 'https://sealpress.example'", "base_url"),
        ("base_url = 'https://a.gov.cn'\ncolour = 'red'", "colour"),
        ("base_url = 'https://a.gov.cn'\ndatabase = 5", "database"),
        ("base_url = 'https://a.gov.cn'\nfonts = 5", "fonts"),
        ("base_url = 'https://a.gov.cn'\n[fonts]\nlast_resort = 5", "last_resort"),
        ("base_url = 'https://a.gov.cn'\n[fonts]\nlast_resort = 'a.ttf'", "last_resort"),
        ("base_url = 'https://a.gov.cn'\n[fonts]\nlast_resort = '/none.ttf'", "last_resort"),
        ("= broken", "config.toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        load(tmp_path, text)


def test_a_font_of_last_resort_is_named_by_its_path(tmp_path: Path) -> None:
    font = tmp_path / "a.ttf"
    font.touch()
    text = f"base_url = 'https://a.gov.cn'\n[fonts]\nlast_resort = '{font}'"
    assert load(tmp_path, text).last_resort_font == font


def test_an_address_is_kept_in_one_form(tmp_path: Path) -> None:
    assert (
        load(tmp_path, "base_url = 'https://ZJ.GXZF.gov.cn/'").base_url == "https://zj.gxzf.gov.cn"
    )


def test_without_a_file_there_are_no_settings(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        settings.load(tmp_path)


def test_revocation_lists_a_day_old_are_signed_anew(home: Path) -> None:
    for name in CRL_FILES:
        path = home / "keys" / name
        old = path.stat().st_mtime - 2 * 86_400
        os.utime(path, (old, old))
    installation = Installation.open(home)
    with mock.patch.object(development, "refresh_crls", wraps=development.refresh_crls) as renew:
        installation.anchors()
    assert renew.called


def test_development_keys_that_are_whole_and_fresh_are_left_alone(home: Path) -> None:
    with mock.patch.object(development, "create_authorities") as make:
        Installation.open(home).anchors()
    assert not make.called
    (home / "keys" / TOKEN_FILE).unlink()
    Installation.open(home).anchors()
    assert (home / "keys" / TOKEN_FILE).is_file()
