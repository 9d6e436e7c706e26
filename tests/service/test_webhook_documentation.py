"""docs/webhooks.md: its verifiers take what we send and nothing else; its tables are complete."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documented_keys import ROOT, place
from webhook_world import Receiver, allow_loopback, work

from service.installation import Installation
from service.issuing import issue
from service.request import Request
from service.webhook_settings import USUAL_TIMEOUT_S
from service.webhooks import delivering, outbox, pace, signature
from service.webhooks.sending import MAX_ANSWER_BYTES
from service.webhooks.target import MAX_URL_CHARACTERS

DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text("utf-8")


def block(language: str, index: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)[index]


@pytest.fixture
def sent(
    home: Path,
    tmp_path: Path,
    told: Receiver,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[str, bytes]:
    """Header and body of a notification; the home is the one that the commands mean."""
    allow_loopback(home, tmp_path)
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    installation = Installation.open(home)
    try:
        issue(installation, request_of("01", notify_url=told.url), caller="development")
        work(installation)
    finally:
        installation.database.close()
    return told.headers()["Sealpress-Signature"], told.got[0].partition(b"\r\n\r\n")[2]


def run(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Commands of the document."""
    return subprocess.run(
        [shutil.which("bash") or "/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_verifiers_take_what_is_sent_and_nothing_else(
    sent: tuple[str, bytes], tmp_path: Path
) -> None:
    header, body = sent
    environment = place(tmp_path)
    handed = run(block("sh", 0), tmp_path, environment)
    assert handed.returncode == 0, handed.stderr
    secret = (tmp_path / "webhook.secret").read_bytes().strip()
    verifier: dict[str, Any] = {}
    exec(block("python"), verifier)  # noqa: S102 - what the document says
    genuine = verifier["genuine"]
    assert genuine(header, body, [b"another", secret])
    old = signature.header([secret], int(time.time()) - 301, body)
    for bad, at, key in (
        (body + b" ", header, secret),
        (body, header.replace("t=", "t=1"), secret),
        (body, header, b"another"),
        (body, old, secret),
        (body, "", secret),
        (body, "t=٣,v1=é", secret),
    ):
        assert not genuine(at, bad, [key])

    (tmp_path / "signature.txt").write_text(header + "\n")
    (tmp_path / "body.json").write_bytes(body)
    assert run(block("sh", 1), tmp_path, environment).stdout == header + "\n"
    (tmp_path / "body.json").write_bytes(body + b" ")
    assert run(block("sh", 1), tmp_path, environment).returncode == 1
    shown = run(block("sh", 2), tmp_path, environment)
    assert "delivered" in shown.stdout
    assert json.loads(shown.stdout.splitlines()[-1]) == {"notifications": []}


MAIN = """
    public static void main(String[] a) throws Exception {
        byte[] body = java.util.Base64.getDecoder().decode(a[1]);
        System.out.print(genuine(a[0], body, a[2].getBytes(), Long.parseLong(a[3])));
    }
}
"""


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK (Debian: default-jdk)")
def test_so_does_the_one_in_java(tmp_path: Path) -> None:
    import base64

    source = block("java").rstrip().removesuffix("}") + MAIN
    (tmp_path / "Webhook.java").write_text(source)
    header = signature.header([b"other" * 6, b"secret" * 6], 1790000000, "{中}".encode())
    found = []
    for body, now in (("{中}", 1790000299), ("{中 }", 1790000299), ("{中}", 1790000301)):
        sent = [header, base64.b64encode(body.encode()).decode(), "secret" * 6, str(now)]
        command = [shutil.which("java") or "java", str(tmp_path / "Webhook.java"), *sent]
        found.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found == ["true", "false", "false"]


def test_tables_and_numbers_are_those_of_the_code() -> None:
    table = DOCUMENT.split("| `event.kind` |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == outbox.TOLD
    headers = (delivering.EVENT, delivering.DELIVERY, signature.HEADER)
    assert set(re.findall(r"^\| `(Sealpress-\w+)` \|", DOCUMENT, re.MULTILINE)) == set(headers)
    assert f"at most {MAX_URL_CHARACTERS} characters" in DOCUMENT
    assert f"at most {outbox.MOST_URLS} addresses" in DOCUMENT
    assert f"within {USUAL_TIMEOUT_S:g} seconds" in DOCUMENT
    assert f"at most {MAX_ANSWER_BYTES >> 10} KiB" in DOCUMENT
    assert f"about {pace.FIRST_S:g} seconds" in DOCUMENT
    assert pace.LIFE.total_seconds() == 24 * 3600
    assert f"tolerance_s: int = {signature.TOLERANCE_S}" in DOCUMENT


def test_the_body_in_the_document_has_the_members_that_are_sent(sent: tuple[str, bytes]) -> None:
    shown, real = json.loads(block("json")), json.loads(sent[1])
    assert {key: list(value) for key, value in shown.items()} == {
        key: list(value) for key, value in real.items()
    }
