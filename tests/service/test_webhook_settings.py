"""`[webhooks]` is read strictly: a slip there would tell nobody, or the wrong one."""

from __future__ import annotations

import ipaddress
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from service import webhook_settings
from service.errors import Misconfigured
from service.webhook_settings import Endpoint, WebhookSettings
from service.webhooks import secret
from signing.errors import KeyUnavailable

SECRET = "k" * 40
WHOLE = """
allow_private = ["10.0.0.0/8", "fd00::/8"]
timeout_s = 3
keep_days = 30
[[endpoints]]
name = "office"
url = "https://office.example/told"
secret_file = "office.secret"
old_secret_file = "office.old"
divisions = ["450100"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("office.secret", SECRET), ("office.old", SECRET[::-1] + "o")):
        (tmp_path / name).write_text(text + "\n")
        (tmp_path / name).chmod(0o600)
    return tmp_path


def read(text: str, folder: Path) -> WebhookSettings:
    return webhook_settings.read(tomllib.loads(text), folder)


def test_everything_that_can_be_said_is_read(folder: Path) -> None:
    found = read(WHOLE, folder)
    assert found.allow_private[0] == ipaddress.ip_network("10.0.0.0/8")
    assert found.timeout_s == 3.0
    assert found.keep == timedelta(days=30)
    (office,) = found.endpoints
    assert office.scope.divisions == {"4501"}
    assert found.endpoint("office") is office
    assert found.endpoint("other") is None
    assert secret.of_endpoint(office) == (SECRET.encode(), (SECRET[::-1] + "o").encode())


def test_without_the_table_nobody_is_told_and_nothing_private_allowed(folder: Path) -> None:
    assert read("", folder) == WebhookSettings()
    assert WebhookSettings().allow_private == ()
    assert WebhookSettings().keep == timedelta(days=90)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout_s = 3", "timeout_s = 0"),
        ("timeout_s = 3", "timeout_s = 31"),
        ("timeout_s = 3", "timeout_s = true"),
        ("timeout_s = 3", "timeout = 3"),
        ("keep_days = 30", "keep_days = 0"),
        ("keep_days = 30", "keep_days = 1.5"),
        ("keep_days = 30", "keep_days = 3651"),
        ("timeout_s = 3", 'allow_http = "yes"'),
        ("timeout_s = 3", 'ca = "none.pem"'),
        ("10.0.0.0/8", "10.0.0.1/8"),
        ("10.0.0.0/8", "office"),
        ('"office"', '"key:office"'),
        ('"office"', '""'),
        ("https://office.example/told", "http://office.example/told"),
        ("https://office.example/told", "office.example"),
        ("https://office.example/told", "https://u:secretword@office.example/"),
        ("https://office.example/told", "https://192.168.1.5/told"),
        ("https://office.example/told", "https://2130706433/told"),
        ('"office.secret"', '"none.secret"'),
        ('"office.secret"', "5"),
        ("secret_file =", "secrets_file ="),
        ('["450100"]', "[]"),
        ('["450100"]', '["Nanning"]'),
        ("divisions", "authorities"),
        ("[[endpoints]]", "[endpoints]"),
        ("[[endpoints]]", WHOLE[WHOLE.index("[[") :] + "[[endpoints]]"),
    ],
)
def test_a_slip_is_named(folder: Path, old: str, new: str) -> None:
    assert old in WHOLE
    with pytest.raises(Misconfigured, match=r"\[webhooks\]") as refused:
        read(WHOLE.replace(old, new, 1), folder)
    assert "secretword" not in str(refused.value)


def test_an_endpoint_within_an_allowed_network_may_be_written_as_its_address(folder: Path) -> None:
    text = WHOLE.replace("https://office.example/", "https://10.1.2.3/")
    assert read(text, folder).endpoints[0].url == "https://10.1.2.3/told"


def test_http_is_for_who_allows_it(folder: Path) -> None:
    text = WHOLE.replace("https:", "http:").replace("timeout_s = 3", "allow_http = true")
    assert read(text, folder).endpoints[0].url.startswith("http:")


@pytest.mark.parametrize(
    "text", ["short\n", "x" * 257, "has a blank in its middle, too", "密" * 30]
)
def test_a_bad_secret_is_refused_without_being_told(folder: Path, text: str) -> None:
    path = folder / "office.secret"
    path.write_text(text, "utf-8")
    with pytest.raises(Misconfigured) as refused:
        secret.of_endpoint(Endpoint("office", "https://office.example/", (path,)))
    assert text.strip() not in str(refused.value)


def test_a_secret_that_others_may_read_is_not_used(folder: Path) -> None:
    path = folder / "office.secret"
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        secret.of_endpoint(Endpoint("office", "https://office.example/", (path,)))


def test_a_damaged_master_is_named_and_not_replaced(tmp_path: Path) -> None:
    first = secret.of_caller(tmp_path, "nanning")
    assert secret.of_caller(tmp_path, "nanning") == first
    assert secret.of_caller(tmp_path, "nanning2") != first
    (tmp_path / secret.MASTER).write_bytes(b"short")
    with pytest.raises(KeyUnavailable):
        secret.of_caller(tmp_path, "nanning")
    assert (tmp_path / secret.MASTER).read_bytes() == b"short"
