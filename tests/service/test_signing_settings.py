"""The table `[signing]`: what is missing for a level is named when the settings are read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from service import signing_settings
from service.errors import Misconfigured

TSA = {"tsa_url": "https://tsa.example/ts", "tsa_roots": "tsa.pem", "tsa_crls": "tsa.crl"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the files that the settings name; nobody looks into them yet."""
    for name in ("tsa.pem", "tsa.crl"):
        (tmp_path / name).touch()
    return tmp_path


def test_the_file_made_on_first_use_asks_nobody_outside(home: Path) -> None:
    table = tomllib.loads(signing_settings.DEFAULT_TABLE)["signing"]
    found = signing_settings.read(table, home)
    assert found == signing_settings.read({}, home) == signing_settings.DEFAULTS
    assert not found.needs_tsa


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_a_level_with_all_that_it_needs_is_read(home: Path, level: str) -> None:
    found = signing_settings.read(TSA | {"pdf_level": level, "tsa_timeout_s": 2}, home)
    assert (found.pdf_level, found.tsa_timeout_s, found.needs_tsa) == (level, 2.0, True)
    assert (found.tsa_roots, found.tsa_crls) == (home / "tsa.pem", home / "tsa.crl")


def test_an_authority_may_be_known_without_being_asked(home: Path) -> None:
    found = signing_settings.read({"tsa_roots": "tsa.pem"}, home)
    assert found.tsa_roots == home / "tsa.pem"
    assert not found.needs_tsa


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"pdf_levle": "B-B"}, "pdf_levle"),
        ({"pdf_level": "B-X"}, "pdf_level"),
        ({"pdf_level": ["B-B"]}, "pdf_level"),
        ({"pdf_level": "B-T"}, "tsa_url"),
        ({"stamp_seals": True}, "tsa_url"),
        ({"stamp_seals": "yes"}, "stamp_seals"),
        ({"tsa_url": "https://tsa.example"}, "tsa_roots"),
        (TSA | {"pdf_level": "B-LT", "tsa_crls": ""}, "tsa_crls"),
        (TSA | {"tsa_roots": "none.pem"}, "tsa_roots"),
        (TSA | {"tsa_roots": "\0"}, "tsa_roots"),
        (TSA | {"tsa_crls": 5}, "tsa_crls"),
        (TSA | {"tsa_tls_roots": "none.pem"}, "tsa_tls_roots"),
        (TSA | {"tsa_url": "ftp://tsa.example"}, "tsa_url"),
        (TSA | {"tsa_url": "https://tsa.example:99999"}, "tsa_url"),
        (TSA | {"tsa_url": "https://"}, "tsa_url"),
        (TSA | {"tsa_url": 5}, "tsa_url"),
        (TSA | {"tsa_timeout_s": 0}, "tsa_timeout_s"),
        (TSA | {"tsa_timeout_s": 60}, "tsa_timeout_s"),
        (TSA | {"tsa_timeout_s": True}, "tsa_timeout_s"),
        (TSA | {"tsa_timeout_s": "4"}, "tsa_timeout_s"),
        (TSA | {"tsa_timeout_s": float("nan")}, "tsa_timeout_s"),
    ],
)
def test_a_wrong_setting_is_named(home: Path, table: dict[str, Any], named: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(f"signing.{named}:")):
        signing_settings.read(table, home)


def test_a_password_in_an_address_is_not_repeated(home: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        signing_settings.read(TSA | {"tsa_url": "https://user:hunter2@tsa.example"}, home)
    assert "hunter2" not in str(refused.value)
