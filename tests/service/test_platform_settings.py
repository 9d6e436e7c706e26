"""The table `[platform]`: read whole, or what is wrong in it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service import platform_settings, settings
from service.errors import Misconfigured
from service.platform import choice
from service.platform.national import NationalPlatform
from service.platform.own import OwnPlatform
from service.platform.port import Outcome

TABLE: dict[str, Any] = {
    "url": "https://platform.example/api/",
    "client_id": "450000",
    "client_secret_file": "secret",
    "private_key_file": "key.pem",
    "province": "450000",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with the files that the table names."""
    for name in ("secret", "key.pem", "ca.pem"):
        (tmp_path / name).touch()
    return tmp_path


def test_without_the_table_there_is_no_platform(folder: Path) -> None:
    assert platform_settings.read({}, folder, development=False) is None
    own = choice.of(None)
    assert isinstance(own, OwnPlatform)
    assert own.name == "none"


def test_what_is_left_out_has_a_sound_value(folder: Path) -> None:
    found = platform_settings.read(TABLE, folder, development=False)
    assert found is not None
    assert found.url == "https://platform.example/api"
    assert found.token_url == "https://platform.example/api/oauth/token"  # noqa: S105
    assert (found.calls_before_pause, found.pause_s, found.ca) == (5, 1.0, None)
    assert found.client_secret_file == folder / "secret"
    platform = choice.of(found)
    assert isinstance(platform, NationalPlatform)
    assert platform.name == "national"
    assert choice.of(found) is platform


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"urk": "x"}, "urk"),
        ({"url": None}, "url"),
        ({"url": 5}, "url"),
        ({"url": "ftp://platform.example"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://a:b@platform.example"}, "url"),
        ({"url": "https://platform.example:99999"}, "url"),
        ({"url": "https://platform.example/?x=1"}, "url"),
        ({"url": "https://platform.example/平台"}, "url"),
        ({"url": "https://platform.example/a b"}, "url"),
        ({"url": "http://platform.example"}, "https"),
        ({"token_url": "http://platform.example/t"}, "https"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": "a\nb"}, "client_id"),
        ({"client_secret_file": None}, "client_secret_file"),
        ({"client_secret_file": "nothing"}, "client_secret_file"),
        ({"client_secret_file": "x" * 5000}, "client_secret_file"),
        ({"private_key_file": 5}, "private_key_file"),
        ({"province": "450100"}, "province"),
        ({"province": "４５００００"}, "province"),
        ({"ca": "nothing"}, "ca"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": True}, "timeout_s"),
        ({"timeout_s": float("nan")}, "timeout_s"),
        ({"timeout_s": 99}, "timeout_s"),
        ({"tries": 0}, "tries"),
        ({"tries": 1.0}, "tries"),
        ({"calls_before_pause": 0}, "calls_before_pause"),
        ({"pause_s": -1}, "pause_s"),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, changes: dict[str, Any], named: str) -> None:
    table = {name: one for name, one in (TABLE | changes).items() if one is not None}
    with pytest.raises(Misconfigured, match=named):
        platform_settings.read(table, folder, development=True)


def test_http_is_for_practice_on_this_machine_only(folder: Path) -> None:
    table = TABLE | {"url": "http://127.0.0.1:8080"}
    assert platform_settings.read(table, folder, development=True)
    with pytest.raises(Misconfigured, match="https"):
        platform_settings.read(table, folder, development=False)


def test_the_configuration_has_a_place_for_it(home: Path) -> None:
    for name in ("secret", "key.pem"):
        (home / name).touch()
    config = home / "config.toml"
    assert settings.load(home).platform is None
    lines = "\n".join(f'{name} = "{value}"' for name, value in TABLE.items())
    config.write_text(f"{config.read_text('utf-8')}\n[platform]\n{lines}\n", "utf-8")
    found = settings.load(home).platform
    assert found is not None
    assert found.client_id == "450000"


def test_our_own_platform_takes_everything_at_once() -> None:
    from platform_world import case

    own = OwnPlatform()
    coded = own.code(case())
    assert (coded.ecert_id, coded.code_id, coded.qr_content) == (case().license_id, "", "")
    answers = [
        own.check(case()),
        coded.answer,
        own.persons(case(), True),
        own.persons(case(), False),
        own.collect(case(), "", ""),
        own.change_status(case(), "x"),
        own.correct(case(), {}),
    ]
    assert {(answer.outcome, answer.words, answer.raw) for answer in answers} == {
        (Outcome.ACCEPTED, (), "")
    }
