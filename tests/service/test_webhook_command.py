"""`sealpress webhooks`: what became of notifications, one sent again, the secret in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from access_keys_world import give_key
from webhook_world import Receiver, allow_loopback, work

from service import cli
from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.webhooks import delivering, secret
from service.webhooks.pauses import Pauses


@pytest.fixture
def installation(
    home: Path, tmp_path: Path, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    allow_loopback(home, tmp_path)
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    monkeypatch.setattr(delivering, "_PAUSES", Pauses())
    opened = Installation.open(home)
    yield opened
    opened.database.close()


Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["webhooks", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_what_is_not_taken_is_shown_and_sent_again(
    installation: Installation, told: Receiver, request_of: Callable[..., Request], say: Say
) -> None:
    assert say("list") == (0, "", "")
    told.answers = ["500 Oops"]
    number = issue(installation, request_of("01", notify_url=told.url)).entry.number
    work(installation)
    _, shown, _ = say("list", "--state", "pending")
    for word in ("pending", "issued", number, f"localhost:{told.port}", "HTTP 500", "1×"):
        assert word in shown
    assert "for=us" not in shown
    assert say("retry", "1")[0] == 0
    work(installation)
    code, shown, _ = say("list", "--json")
    (row,) = json.loads(shown)["notifications"]
    assert (code, row["state"], row["said"]) == (0, "delivered", "HTTP 200")
    assert say("list", "--state", "pending")[1] == ""
    for bad in ("1", "2", "0", str(2**40)):
        code, _, error = say("retry", bad)
        assert code == 1
        assert "Traceback" not in error
    assert say("list", "--limit", "0")[0] == 1


def test_the_secret_goes_to_a_new_file_of_its_owner(
    installation: Installation, tmp_path: Path, say: Say
) -> None:
    give_key(installation, "nanning")
    path = tmp_path / "webhook.secret"
    code, shown, error = say("secret", "nanning", "--out", str(path))
    mine = path.read_text().strip()
    assert (code, path.stat().st_mode & 0o777) == (0, 0o600)
    assert mine.encode() == secret.of_caller(installation.keys, "nanning")[0]
    assert mine not in shown + error
    assert say("secret", "nanning", "--out", str(path))[0] == 1
    assert say("secret", "nobody", "--out", str(tmp_path / "other"))[0] == 1
    assert not (tmp_path / "other").exists()


def test_a_retry_is_for_a_person_who_knows_its_number(say: Say) -> None:
    with pytest.raises(SystemExit) as left:
        say("retry", "x")
    assert left.value.code == 64


def test_no_secret_stands_in_the_register(
    installation: Installation, told: Receiver, request_of: Callable[..., Request]
) -> None:
    issue(installation, request_of("01", notify_url=told.url))
    work(installation)
    known: list[Any] = [*secret.of_caller(installation.keys, "command-line")]
    known.append((installation.keys / secret.MASTER).read_bytes())
    installation.database.close()
    for path in installation.settings.home.glob("register.db*"):
        content = path.read_bytes()
        assert not [one for one in known if one in content]
