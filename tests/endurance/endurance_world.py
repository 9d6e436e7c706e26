"""The processes of the trial: each can be killed, and is started again as an operator would."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.bench import load_server
from service.commands import sandbox_platform

START_SECONDS = 60
HOST = "127.0.0.1"


class Process:
    """A program that runs until it is killed; `ready` says whether it answers."""

    def __init__(
        self, name: str, words: list[str], home: Path, ready: Callable[[], bool] = lambda: True
    ) -> None:
        self.name, self.kills = name, 0
        self._words, self._ready = words, ready
        self._environment = os.environ | {"SEALPRESS_HOME": str(home)}
        self._said = (home.parent / f"{name}.log").open("ab")
        self._running: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = False

    def start(self) -> None:
        """Start it, again and again until it stays and answers."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            running = subprocess.Popen(
                self._words,
                env=self._environment,
                stdout=self._said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running = running
            while time.monotonic() < end and running.poll() is None:
                if self._ready():
                    return
                time.sleep(0.05)
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not start")

    def kill(self, some: Callable[[list[int]], list[int]] | None = None) -> None:
        """Kill -9 of all its processes at once, or of `some`; what is gone is started again."""
        with self._lock:
            if self._ended or self._running is None:
                return
            self.kills += 1
            group = self._running.pid
            living = _members(group)
            killed = some(living) if some is not None and living else living
            for pid in killed:
                _kill(pid)
            if group in killed:
                self._running.wait()
            if self._running.poll() is not None:
                for pid in _members(group):  # children that outlived it
                    _kill(pid)
                self.start()

    def stop(self) -> None:
        """End it for good."""
        with self._lock:
            self._ended = True
            if self._running is not None:
                group = self._running.pid
                load_server.stop(self._running)
                for pid in _members(group):
                    _kill(pid)
            self._said.close()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _members(group: int) -> list[int]:
    """The living processes of a process group, the first one first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found, key=lambda pid: (pid != group, pid))


def listens(port: int) -> bool:
    """Whether somebody takes connections at a port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def sealpress(name: str, home: Path, *words: str, ready: Callable[[], bool]) -> Process:
    """One of our own commands."""
    return Process(name, [sys.executable, "-m", "service.cli", *words], home, ready)


def server(home: Path, port: int) -> Process:
    """`sealpress serve`; it answers when one of its workers does."""
    words = ["serve", "--bind", f"{HOST}:{port}", "--workers", "2"]
    return sealpress("server", home, *words, ready=lambda: _healthy(port))


def worker(home: Path) -> Process:
    """`sealpress worker`."""
    return sealpress("worker", home, "worker", ready=lambda: True)


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def redis(home: Path, port: int) -> Process:
    """A Redis that keeps nothing."""
    words = ["redis-server", "--bind", HOST, "--port", str(port), "--save", ""]
    return Process("redis", [*words, "--appendonly", "no"], home, lambda: listens(port))


def postgresql(home: Path, port: int) -> Process:
    """A PostgreSQL of its own with everything at its defaults: what it has committed stays."""
    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    folder = home.parent / "postgresql"
    folder.mkdir(mode=0o700)
    as_postgres: list[str] = []
    if os.getuid() == 0:
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        for place in (home.parent, folder):
            subprocess.run(["chown", "postgres", str(place)], check=True)
        home.parent.chmod(0o755)
    made = [f"{programs}/initdb", f"--pgdata={folder}/data", "--auth=trust", "--encoding=UTF8"]
    subprocess.run([*as_postgres, *made], check=True, capture_output=True, cwd="/")
    words = [f"{programs}/postgres", "-D", f"{folder}/data", "-p", str(port)]
    words += ["-c", f"listen_addresses={HOST}", "-c", f"unix_socket_directories={folder}"]
    return Process("postgresql", [*as_postgres, *words], home, lambda: listens(port))


def sandbox(home: Path, port: int) -> Process:
    """The national platform, which misbehaves but is not killed."""
    state = str(home.parent / "sandbox.db")
    words = ["sandbox-platform", "--port", str(port), "--state", state]
    return sealpress("sandbox", home, *words, ready=lambda: listens(port))


def order(port: int, fault: dict[str, Any] | None) -> None:
    """Tell the platform what is to go wrong; None: nothing any more."""
    asked = urllib.request.Request(
        f"http://{HOST}:{port}/sandbox/faults",
        None if fault is None else json.dumps(fault).encode(),
        {"Content-Type": "application/json"},
        method="DELETE" if fault is None else "POST",
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
        answer.read()


def settings(home: Path, platform_port: int, redis_port: int | None) -> None:
    """Add the platform, and the queue if there is one, to a home's settings."""
    table = sandbox_platform.settings_table(platform_port, home.parent / "sandbox.db")
    # A worker that was killed leaves its job for a second.
    work = "[work]\nlease_s = 2\n"
    if redis_port is not None:
        work += f'broker = "redis://{HOST}:{redis_port}/0"\n'
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n{table}\ntimeout_s = 2.0\n\n{work}")
