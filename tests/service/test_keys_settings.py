"""Where keys may be is a setting: in production not in files, unless it says so in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import settings
from service.errors import Misconfigured
from service.installation import Installation
from signing import atomic, development_files, file_keys, key_policy, keys
from signing.errors import KeyUnavailable

PRODUCTION = "mode = 'production'\nbase_url = 'https://zj.gxzf.gov.cn'\n"
DEVELOPMENT = "base_url = 'https://sealpress.example'\n"


def policy(tmp_path: Path, text: str) -> key_policy.KeyPolicy:
    """The policy of an installation with that configuration, once it was opened."""
    (tmp_path / "config.toml").write_text(text, "utf-8")
    installation = Installation.open(tmp_path)
    assert key_policy.current() == installation.settings.key_policy
    return key_policy.current()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """A P-256 key in a file."""
    path = tmp_path / "some.key"
    atomic.write(path, development_files.new_p256())
    return file_keys.uri_of(path)


def test_production_refuses_keys_in_files(tmp_path: Path, uri: str) -> None:
    assert not policy(tmp_path, PRODUCTION).allow_files
    for load in (keys.p256, keys.sm2, keys.document):
        with pytest.raises(KeyUnavailable, match="allow_files = true"):
            load(uri)


@pytest.mark.parametrize(
    "text",
    [
        PRODUCTION + "[keys]\nallow_files = true",
        DEVELOPMENT,
        DEVELOPMENT + "[keys]\nallow_files = false",
        settings.DEFAULT_CONFIG,
    ],
)
def test_keys_in_files_are_allowed_in_so_many_words_and_in_development(
    tmp_path: Path, uri: str, text: str
) -> None:
    assert policy(tmp_path, text).allow_files
    assert keys.p256(uri).uri == uri


def test_libraries_of_tokens_have_names(tmp_path: Path) -> None:
    library = tmp_path / "p11.so"
    library.touch()
    text = f"{PRODUCTION}[keys]\npkcs11_modules = {{ one = '{library}', two = '{library}' }}"
    assert policy(tmp_path, text).modules == {"one": library, "two": library}
    assert policy(tmp_path, PRODUCTION).modules == {}


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("allow_files = 1", "allow_files"),
        ("allow_files = 'true'", "allow_files"),
        ("allow_file = true", "allow_file"),
        ("pkcs11_modules = '/usr/lib/p11.so'", "pkcs11_modules"),
        ("pkcs11_modules = { one = 'p11.so' }", "pkcs11_modules.one"),
        ("pkcs11_modules = { one = '/none.so' }", "pkcs11_modules.one"),
        ("pkcs11_modules = { one = 5 }", "pkcs11_modules.one"),
    ],
)
def test_a_wrong_setting_of_keys_is_named(tmp_path: Path, table: str, named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        policy(tmp_path, f"{DEVELOPMENT}[keys]\n{table}")
