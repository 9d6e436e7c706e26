"""The table [public] of config.toml, and the address with which the public side reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import settings
from service.errors import Misconfigured
from verify import rates


def _load(home: Path, text: str) -> settings.Settings:
    base = "" if "base_url" in text else 'base_url = "https://sealpress.example"\n'
    (home / "config.toml").write_text(base + text, "utf-8")
    return settings.load(home)


def test_what_is_not_set_is_as_usual(tmp_path: Path) -> None:
    found = _load(tmp_path, "")
    assert found.public.rates == rates.RATES
    assert found.public.rate_store == "memory://"
    assert not found.public.proxies.networks
    assert found.public_database_url == found.database_url


def test_what_is_set_holds(tmp_path: Path) -> None:
    found = _load(
        tmp_path,
        """
        [database]
        url = "postgresql+psycopg://press@db/register"
        public_url = "postgresql+psycopg://public@db/register"
        [public]
        trusted_proxies = ["10.0.0.5", "10.1.0.0/16"]
        rate_store = "redis://localhost:6379/1"
        rates = { number = 5 }
        rates_of_all = { code = 9 }
        """,
    )
    assert found.public_database_url == "postgresql+psycopg://public@db/register"
    assert len(found.public.proxies.networks) == 2
    assert found.public.rate_store == "redis://localhost:6379/1"
    assert found.public.rates["number"].one == 5
    assert found.public.rates["number"].all == rates.RATES["number"].all
    assert found.public.rates["code"].all == 9


@pytest.mark.parametrize(
    "wrong",
    [
        "trusted_proxies = ['10.0.0.0/33']",
        "trusted_proxies = '10.0.0.1'",
        "rate_store = 'http://localhost'",
        "rate_store = 5",
        "rates = { codes = 5 }",
        "rates = { code = 0 }",
        "rates = { code = true }",
        "rates = 5",
        "rates_of_all = { code = '5' }",
        "proxies = []",
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Misconfigured, match=r"public\."):
        _load(tmp_path, f"[public]\n{wrong}\n")


def test_the_settings_made_on_first_use_name_the_table(tmp_path: Path) -> None:
    assert "# [public]" in settings.DEFAULT_CONFIG
    assert _load(tmp_path, settings.DEFAULT_CONFIG).public.rates == rates.RATES
