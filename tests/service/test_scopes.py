"""A key acts for its authorities, in its divisions, until it expires or is revoked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from access_keys_world import (
    NANNING,
    SHENYANG,
    client_with,
    development_client,
    give_key,
    token_of,
)
from hypothesis import given
from hypothesis import strategies as st

from service import access_file
from service.access_file import AccessKey
from service.app import create_app
from service.cli import main
from service.errors import Misconfigured
from service.installation import Installation
from service.scope import NoDivision, Scope, division_prefix, scope

API = "/api/v1/certificates"
SAMPLES = Path(__file__).parent.parent / "samples"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Sample = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    """The command line in this process: exit status, output, errors."""
    monkeypatch.setenv("SEALPRESS_HOME", str(home))

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    ("bound", "code", "division", "covered"),
    [
        (Scope(), SHENYANG, "210100", True),
        (scope([NANNING], []), NANNING, "450100", True),
        (scope([NANNING], []), NANNING, "450103", True),
        (scope([NANNING], []), SHENYANG, "450100", False),
        (scope([NANNING], []), [NANNING], "450100", False),
        (scope([NANNING], []), {"code": NANNING}, "450100", False),
        (scope([NANNING], ["4501"]), NANNING, ["450100"], False),
        (scope([], ["450100"]), NANNING, "450100", True),
        (scope([], ["45"]), NANNING, "450103", True),
        (scope([], ["4501"]), NANNING, "450200", False),
        # Posting a division of one's own does not reach another's seal.
        (scope([], ["4501"]), SHENYANG, "450100", False),
        (scope([NANNING], ["450103"]), NANNING, "450103", True),
        (scope([NANNING], ["450103"]), NANNING, "450100", False),
        # An authority that is named may act where its USCC was not given out.
        (scope([NANNING], ["4502"]), NANNING, "450200", True),
        (scope([], ["4501"]), None, None, False),
        (scope([], ["4501"]), 5, {}, False),
    ],
)
def test_a_scope_covers_what_it_says(
    bound: Scope, code: object, division: object, covered: bool
) -> None:
    assert bound.covers(code, division) is covered


@pytest.mark.parametrize(
    ("text", "prefix"), [("450000", "45"), ("450100", "4501"), ("450103", "450103"), ("45", "45")]
)
def test_a_division_stands_for_all_within_it(text: str, prefix: str) -> None:
    assert division_prefix(text) == prefix


@given(st.text())
def test_what_is_no_division_binds_no_key(text: str) -> None:
    try:
        prefix = division_prefix(text)
    except NoDivision:
        return
    assert text.startswith(prefix)
    assert len(prefix) in (2, 4, 6)


@pytest.mark.parametrize("text", ["", "4", "450", "0501", "4501000", "45 ", "南宁", "４５"])
def test_a_broken_division_is_refused(text: str) -> None:
    with pytest.raises(NoDivision):
        division_prefix(text)


def test_nanning_cannot_issue_for_shenyang(installation: Installation, sample: Sample) -> None:
    nanning = client_with(
        give_key(installation, "nanning", scope=scope([], ["4501"])), installation
    )
    assert nanning.post(API, json=sample("01")).status_code == 201
    for changes in (
        {"authority__code": SHENYANG},
        {"authority__division": "210100"},
        {"authority__code": SHENYANG, "authority__division": "210100"},
    ):
        refused = nanning.post(API, json=sample("01", number=None, **changes))
        assert refused.status_code == 403
        assert refused.json["type"].endswith("/forbidden")
        assert "nanning" in refused.json["detail"]


def test_a_key_sees_only_what_it_could_have_issued(
    installation: Installation, sample: Sample
) -> None:
    path = development_client(installation).post(API, json=sample("01")).headers["Location"]
    for bound, status in (
        (scope([], ["45"]), 200),
        (scope([NANNING], []), 200),
        (scope([], ["21"]), 404),
        (scope([NANNING], ["450103"]), 404),
    ):
        name = "-".join(sorted(bound.authorities | bound.divisions))
        client = client_with(give_key(installation, name, scope=bound), installation)
        assert client.get(path).status_code == status
        assert client.get(f"{path}/pdf").status_code == status
        if status == 404:
            assert client.post(f"{path}/cancel", json={"reason": "x"}).status_code == 404


def test_an_expired_key_is_told_when(installation: Installation, sample: Sample) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    client = client_with(give_key(installation, "old", expires=past), installation)
    refused = client.post(API, json=sample("01"))
    assert refused.status_code == 401
    assert "已过期" in refused.json["detail"]
    later = client_with(
        give_key(installation, "new", expires=past + timedelta(hours=1)), installation
    )
    assert later.post(API, json=sample("01")).status_code == 201


def test_a_running_service_hears_of_new_and_revoked_keys(installation: Installation) -> None:
    client = client_with(token_of("late"), installation)
    assert client.get(f"{API}/x").status_code == 401
    give_key(installation, "late")
    assert client.get(f"{API}/x").status_code == 404
    access_file.revoke(installation.settings.home, "late", datetime.now(UTC))
    refused = client.get(f"{API}/x")
    assert refused.status_code == 401
    assert "已吊销" in refused.json["detail"]


def test_a_file_of_keys_broken_later_lets_nobody_in(installation: Installation) -> None:
    client = client_with(give_key(installation, "good"), installation)
    assert client.get(f"{API}/x").status_code == 404
    (installation.settings.home / access_file.FILE_NAME).write_text("[[key", "utf-8")
    assert client.get(f"{API}/x").status_code == 503


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    keys = [
        AccessKey("plain", "0" * 64),
        AccessKey(
            'quoted "南宁" \\ key',
            "a" * 64,
            scope([NANNING, SHENYANG], ["4501", "45"]),
            expires=NOW,
            per_minute=7,
        ),
    ]
    (tmp_path / access_file.FILE_NAME).write_text("# a remark of ours", "utf-8")
    for key in keys:
        access_file.add(tmp_path, key)
    assert list(access_file.load(tmp_path)) == keys
    access_file.revoke(tmp_path, "plain", NOW)
    assert [key.revoked_at for key in access_file.load(tmp_path)] == [NOW, None]
    path = tmp_path / access_file.FILE_NAME
    assert path.read_text("utf-8").startswith("# a remark of ours\n")
    assert path.stat().st_mode & 0o077 == 0


ROW = f'[[key]]\nname = "n"\nsha256 = "{"0" * 64}"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW + ROW, "重名"),
        (ROW + "authorities = []", "authorities"),
        (ROW + 'authorities = ["11450100MB0000001A"]', "11450100MB0000001A"),
        (ROW + "divisions = 45", "divisions"),
        (ROW + 'divisions = ["450"]', "450"),
        (ROW + 'expires = "soon"', "expires"),
        (ROW + "expires = 5", "expires"),
        (ROW + "per_minute = 0", "per_minute"),
        (ROW + "per_minute = true", "per_minute"),
        (ROW + 'authority = "x"', "authority"),
        (ROW + '[[revoked]]\nname = "other"\nat = 2026-01-01', "other"),
        (ROW + '[[revoked]]\nname = "n"', "at"),
        ("keys = 5", "keys"),
        ("[[key]]\nname = ' '", "name"),
        (f"[[key]]\nname = '{'n' * 65}'", "name"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        access_file.parse(text)
    assert "api-keys.toml" in refused.value.detail


@pytest.mark.parametrize("text", ['"2026-11-21"', "2026-11-21", "2026-11-21T00:00:00"])
def test_a_day_means_its_beginning_in_china(text: str) -> None:
    (key,) = access_file.parse(f"{ROW}expires = {text}")
    assert key.expires == datetime(2026, 11, 20, 16, tzinfo=UTC)


def test_a_key_is_made_used_listed_and_revoked(
    run: Run, home: Path, tmp_path: Path, sample: Sample
) -> None:
    file = tmp_path / "nanning.key"
    status, said, _ = run(
        "access", "create", "nanning", "--division", "450100", "--out", file, "--per-minute", 90
    )
    assert status == 0
    token = file.read_text("ascii").strip()
    assert file.stat().st_mode & 0o077 == 0
    kept = (home / access_file.FILE_NAME).read_text("utf-8")
    assert token not in said + kept
    installation = Installation.open(home)
    client = create_app(installation).test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(API, json=sample("01"), headers=headers).status_code == 201
    (listed,) = json.loads(run("access", "list", "--json")[1])["keys"]
    assert (listed["name"], listed["state"], listed["divisions"], listed["per_minute"]) == (
        "nanning",
        "active",
        ["4501"],
        90,
    )
    assert listed["expires"].startswith(str(datetime.now(UTC).year + 1))
    assert run("access", "revoke", "nanning")[0] == 0
    assert "revoked" in run("access", "list")[1]
    assert client.post(API, json=sample("01"), headers=headers).status_code == 401
    installation.database.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--unbound"),
        (["--unbound", "--division", "45"], "--unbound"),
        (["--division", "450"], "450"),
        (["--authority", "x"], "x"),
        (["--unbound", "--expires", "soon"], "soon"),
        (["--unbound", "--expires", "2020-01-01"], "2020-01-01"),
        (["--unbound", "--per-minute", "0"], "per_minute"),
    ],
)
def test_a_key_that_is_asked_for_wrongly_is_not_made(
    run: Run, tmp_path: Path, home: Path, arguments: list[str], said: str
) -> None:
    file = tmp_path / "key"
    status, _, errors = run("access", "create", "n", "--out", file, *arguments)
    assert status == 1
    assert said in errors
    assert not file.exists()
    assert not (home / access_file.FILE_NAME).exists()


def test_nothing_is_overwritten_or_given_twice(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "key"
    assert run("access", "create", "n", "--unbound", "--out", file, "--expires", "never")[0] == 0
    token = file.read_text()
    assert run("access", "create", "m", "--unbound", "--out", file)[0] == 1
    assert file.read_text() == token
    status, _, errors = run("access", "create", "n", "--unbound", "--out", tmp_path / "other")
    assert (status, "n" in errors, (tmp_path / "other").exists()) == (1, True, False)
    assert run("access", "revoke", "m")[0] == 1
    assert [key["expires"] for key in json.loads(run("access", "list", "--json")[1])["keys"]] == [
        None
    ]
