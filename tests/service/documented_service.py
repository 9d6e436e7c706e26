"""Following a document that starts a service: its commands in one shell, on a port that is free."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WAIT = (
    "for _ in $(seq 300); do (: > /dev/tcp/127.0.0.1/{port}) 2>/dev/null && break;"
    " sleep 0.1; done\n"
)
"""What a person does between starting the service and using it."""

PATIENCE_SECONDS = 180


def shell_blocks(document: str) -> list[str]:
    """The commands of a document, block by block."""
    return re.findall(r"^```sh\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def followed(
    blocks: list[str],
    starting: int,
    printed_port: int,
    folder: Path,
    environment: Mapping[str, str],
) -> Iterator[str]:
    """What all blocks print; the one at `starting` starts the service, which is ended.

    `printed_port` is the port that the document says.
    """
    port = str(free_port())
    script = "".join(
        [*blocks[: starting + 1], WAIT.format(port=printed_port), *blocks[starting + 1 :]]
    )
    with (folder / "said.txt").open("wb") as output:
        process = subprocess.Popen(
            [shutil.which("bash") or "/bin/bash", "-euc", script.replace(str(printed_port), port)],
            cwd=folder,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(PATIENCE_SECONDS)
        said = (folder / "said.txt").read_text("utf-8")
        assert code == 0, said
        yield said
    finally:
        os.killpg(process.pid, signal.SIGKILL)
