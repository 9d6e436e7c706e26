"""The settings of a seal service are read strictly; what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import remote_keys_settings, settings
from service.errors import Misconfigured
from service.seal_service import config as seal_service_config
from signing.remote_access import RemoteAccess

GOOD = """
certificate = "a.pem"
key = "a.key"
client_ca = "ca.pem"
state = "state"
[keys.one]
uri = "file:///one.key"
algorithm = "sm2-sm3"
[callers.press]
common_name = "press"
keys = ["one"]
"""


def load(folder: Path, text: str) -> seal_service_config.SealServiceConfig:
    for name in ("a.pem", "a.key", "ca.pem"):
        (folder / name).touch()
    path = folder / "service.toml"
    path.write_text(text, "utf-8")
    return seal_service_config.load(path)


def test_paths_are_relative_to_the_file_and_the_rest_has_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert config.certificate == tmp_path / "a.pem"
    assert config.state == tmp_path / "state"
    assert config.bind == "127.0.0.1:8443"
    assert config.client_crl is None
    assert not config.allow_file_keys
    assert config.keys["one"].algorithm == "sm2-sm3"
    assert config.callers[0].keys == {"one"}


def test_the_settings_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    written = (seal_service_config.__doc__ or "").partition("\n\n")[2].rpartition("\n\n")[0]
    (tmp_path / "tls").mkdir()
    for name in ("server.pem", "server.key", "clients-ca.pem", "clients.crl.pem"):
        (tmp_path / "tls" / name).touch()
    text = written.replace('"9f86d081…"', f'"{"0" * 64}"')
    config = load(tmp_path, "\n".join(line.removeprefix("    ") for line in text.splitlines()))
    assert config.bind == "0.0.0.0:8443"
    assert config.callers[0].name == "press-1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[keys", "colour = 1\n[keys"), "unknown: colour"),
        (('key = "a.key"', ""), "key is missing"),
        (('"a.key"', "5"), "key is missing or not"),
        (('"a.key"', '"none.key"'), "no such file"),
        (('state = "state"', ""), "state is missing"),
        (("[keys", 'bind = "8443"\n[keys'), "bind: host:port"),
        (("[keys", "threads = 0\n[keys"), "threads: 1 to"),
        (("[keys", "threads = true\n[keys"), "threads: 1 to"),
        (("[keys", "signatures_per_minute = 1.5\n[keys"), "signatures_per_minute"),
        (("[keys", 'allow_file_keys = "yes"\n[keys'), "allow_file_keys"),
        (("[keys", 'pkcs11_modules = { a = "b.so" }\n[keys'), "absolute path"),
        (("[keys.one]", '[keys."One"]'), "keys.One"),
        (("sm2-sm3", "sm2"), "keys.one: uri is text"),
        (('"file:///one.key"', "5"), "keys.one: uri is text"),
        (("algorithm", "kind"), "keys.one has uri and algorithm"),
        (('keys = ["one"]', 'keys = ["two"]'), "callers.press.keys"),
        (('keys = ["one"]', 'keys = "one"'), "callers.press.keys"),
        (('common_name = "press"', ""), "common_name or fingerprint"),
        (('common_name = "press"', "common_name = 5"), "no text"),
        (('common_name = "press"', 'fingerprint = "AB"'), "64 lower-case"),
        (('common_name = "press"', 'name = "press"'), "no more"),
        (("[callers.press]", '[callers.""]'), "1 to 64 characters"),
        (("[callers.press]", "[callers"), "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(Misconfigured, match=said):
        load(tmp_path, GOOD.replace(*change, 1))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="none"):
        seal_service_config.load(tmp_path / "none.toml")


CLIENT = {"ca": "ca.pem", "certificate": "a.pem", "key": "a.key"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in CLIENT.values():
        (tmp_path / name).touch()
    return tmp_path


def test_the_table_of_an_installation_says_how_services_are_reached(home: Path) -> None:
    text = "base_url = 'https://a.gov.cn'\n[remote_keys]\ntimeout_s = 2\n"
    text += "".join(f'{name} = "{value}"\n' for name, value in CLIENT.items())
    (home / "config.toml").write_text(text, "utf-8")
    found = settings.load(home).remote_access
    assert found == RemoteAccess(
        ca=home / "ca.pem", certificate=home / "a.pem", key=home / "a.key", timeout_s=2
    )


def test_without_the_table_no_service_is_reached(home: Path) -> None:
    assert remote_keys_settings.read({}, home) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ca": None}, "ca"),
        ({"key": "none.key"}, "key"),
        ({"certificate": ""}, "certificate"),
        ({"colour": "red"}, "colour"),
        ({"tries": 0}, "tries"),
        ({"tries": 1.5}, "tries"),
        ({"tries": True}, "tries"),
        ({"timeout_s": "5"}, "timeout_s"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": float("nan")}, "timeout_s"),
        ({"timeout_s": 60.0}, "timeout_s"),
    ],
)
def test_a_wrong_setting_of_the_table_is_named(
    home: Path, change: dict[str, object], said: str
) -> None:
    with pytest.raises(Misconfigured, match=rf"\[remote_keys\].*{said}"):
        remote_keys_settings.read(CLIENT | change, home)
