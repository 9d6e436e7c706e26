"""A real `sealpress serve` to be measured: a home of its own, its database, its process."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from renderer.layout import sample
from service import access_file
from service.access import digest
from service.bench.data import bench_layout
from service.errors import ServiceError
from service.installation import Installation
from signing import atomic

HOST = "127.0.0.1"
START_SECONDS = 30
"""When a server that does not answer is given up."""

STOP_SECONDS = 15

_GROUP, _USER, _SYSTEM = 2, 11, 12
"""Fields of /proc/PID/stat after the name: process group, and ticks of processor time."""

_CALLER = "bench"

SEALPRESS = ("service.cli", "serve")
"""The module that is measured, and the command it is given."""


@dataclass(frozen=True)
class Trial:
    """A home with its access key; what runs at the port can be asked with it."""

    home: Path
    token: str


def make(folder: Path, database_url: str = "") -> Trial:
    """A new home with development keys, the seal of the sample's authority and an access key."""
    home = folder / "home"
    Installation.open(home)
    config = home / "config.toml"
    text = config.read_text("utf-8").replace('\nurl = ""', f'\nurl = "{database_url}"', 1)
    atomic.write(config, text.encode())
    token = secrets.token_urlsafe(32)
    key = {"name": _CALLER, "sha256": digest(token)}
    lines = ["[[key]]", *(f'{name} = "{value}"' for name, value in key.items())]
    lines.append(f"per_minute = {access_file.MOST_PER_MINUTE}\n")
    atomic.write(home / access_file.FILE_NAME, "\n".join(lines).encode())
    installation = Installation.open(home)
    authority = sample(bench_layout())["authority"]
    installation.authority_seal(authority["name"], authority["code"])
    installation.database.close()
    return Trial(home, token)


@contextmanager
def postgresql(server: str) -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL server, which is gone afterwards.

    Raises:
        ServiceError: the server cannot be reached.
    """
    name = f"sealpress_bench_{uuid.uuid4().hex}"
    engine = sa.create_engine(f"{server.rstrip('/')}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except sa.exc.SQLAlchemyError as error:
        raise ServiceError(f"PostgreSQL cannot be used: {type(error).__name__}") from None
    try:
        yield f"{server.rstrip('/')}/{name}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


@contextmanager
def serving(
    home: Path, workers: int, program: Sequence[str] = SEALPRESS
) -> Iterator[tuple[int, int]]:
    """Run `sealpress serve` on a home; gives its port and process group, and ends the process.

    Or another `program`: a module of ours and its words, which takes the same options.

    Raises:
        ServiceError: it did not answer in time; what it said is told.
    """
    port = free_port()
    with tempfile.TemporaryFile() as said:
        process = start(home, port, workers, said.fileno(), program)
        try:
            if not answers(port, START_SECONDS, process):
                said.seek(0)
                raise ServiceError(f"the server did not start: {said.read()[-500:]!r}")
            yield port, process.pid
        finally:
            stop(process)


def start(
    home: Path, port: int, workers: int, output: int, program: Sequence[str] = SEALPRESS
) -> subprocess.Popen[bytes]:
    """Start `sealpress serve` or another program, in a process group of its own."""
    words = [*program, "--bind", f"{HOST}:{port}", "--workers", str(workers)]
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", *words],
        env=os.environ | {"SEALPRESS_HOME": str(home)},
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process as its operator would; killed where it does not end."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_seconds(group: int) -> float:
    """Processor time that the living processes of a group have had; 0 where that is not told."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
            if int(fields[_GROUP]) == group:
                ticks += int(fields[_USER]) + int(fields[_SYSTEM])
    return ticks / os.sysconf("SC_CLK_TCK")


def answers(port: int, seconds: float, process: subprocess.Popen[bytes]) -> bool:
    """Whether a server answers within that time; not, where its process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return True
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    return False


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
