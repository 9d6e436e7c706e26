"""Twenty files at once that cost as much as a file may: codes are answered meanwhile."""

from __future__ import annotations

import http.client
import io
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from served_process import Served

from service.installation import Installation
from service.issuing import issue
from service.request import Request

_ZEROS = bytes(1 << 20)


def _pdf() -> bytes:
    """Millions of values in one array: seconds of reading for a reader in Python."""
    return b"%PDF-1.7\n1 0 obj\n[" + b"0 " * 2_400_000 + b"]\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def _ofd() -> bytes:
    """Thirty megabytes of zeros, each part just small enough."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("OFD.xml", "<a>" * 30)
        for number in range(30):
            package.writestr(f"Doc_0/{number}.xml", _ZEROS)
    return packed.getvalue()


class Site:
    """A public side with two workers, and the address of one code."""

    def __init__(self, served: Served, path: str) -> None:
        self.served, self.path = served, path
        self.answers: list[tuple[int, dict[str, Any]]] = []

    def upload(self, data: bytes, sender: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=60)
        headers = {"Content-Type": "application/octet-stream"}
        headers["X-Forwarded-For"] = f"198.51.100.{sender}"
        with suppress(OSError):  # who is turned away is answered while he still sends
            connection.request("POST", "/api/v1/verifications", data, headers)
        response = connection.getresponse()
        told = json.loads(response.read()) | {"retry": response.headers["Retry-After"]}
        self.answers.append((response.status, told))
        connection.close()

    def ask(self, seconds: float) -> list[float]:
        """How long each look at the code took, seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=60)
        took, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            connection.request("GET", self.path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            assert response.status == 200
            assert json.loads(response.read())["verdict"] == "valid"
            took.append(time.monotonic() - started)
            time.sleep(0.01)
        connection.close()
        return sorted(took)


@pytest.fixture
def site(home: Path, request_of: Callable[..., Request], tmp_path: Path) -> Iterator[Site]:
    installation = Installation.open(home)
    code = issue(installation, request_of("01")).entry.code
    installation.refresh_trust()
    installation.database.close()
    shutil.rmtree(home / "keys")
    with (home / "config.toml").open("a") as config:
        config.write(
            "\n[public]\ntrusted_proxies = ['127.0.0.1']\n"
            "rates = { upload = 1000, code = 100000 }\n"
        )
    served = Served(home, tmp_path / "log", workers=2, side="public")
    assert code is not None
    yield Site(served, "/v/" + code.rpartition("/")[2])
    served.stop()


def test_codes_are_answered_while_bombs_are_examined(site: Site) -> None:
    site.ask(0.3)
    bombs = [_pdf(), _ofd()]
    threads = [
        threading.Thread(target=site.upload, args=(bombs[number % 2], number))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    took = site.ask(3)
    for thread in threads:
        thread.join()
    late = took[len(took) * 95 // 100]
    # Fifty milliseconds on a machine of its own (`sealpress bench verify`); tests share one.
    assert late < 1
    assert len(site.answers) == 20
    for status, body in site.answers:
        if status == 503:
            assert int(body["retry"]) > 0
        else:
            assert status == 200
            assert body["verdict"] in {"unreadable", "unknown", "altered"}
    assert any(status == 200 for status, _ in site.answers)
