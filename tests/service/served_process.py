"""A real server in a process of its own, with short deadlines, for the tests of the public side."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_SERVE = """
import sys
from verify import limits
limits.HEAD_SECONDS = limits.Limit(1, "s", "short for a test")
limits.BODY_SECONDS = limits.Limit(1, "s", "short for a test")
from service.cli import main
sys.exit(main(sys.argv[1:]))
"""


class Served:
    """A server with short deadlines for what is sent."""

    def __init__(self, home: Path, log: Path, workers: int = 1, side: str = "all") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _SERVE, "serve", "--workers", str(workers)),
                    *("--side", side, "--bind", f"127.0.0.1:{self.port}"),
                ],
                env={**os.environ, "SEALPRESS_HOME": str(home)},
                stdout=out,
                stderr=out,
            )
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                if self.get("/healthz") == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def open(self, sent: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(sent)
        return connection

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
