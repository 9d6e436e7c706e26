"""`sealpress sandbox-platform`: a process that prints what config.toml needs, and lives on."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from platform_world import case

from service import platform_settings
from service.cli import main
from service.platform.answers import Outcome
from service.platform.national import NationalPlatform
from service.platform_settings import PlatformSettings

ROOT = Path(__file__).parents[2]
START_S = 60


@contextmanager
def running(state: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], PlatformSettings]]:
    """The process, and the settings that it prints."""
    command = [sys.executable, "-m", "service.cli", "sandbox-platform", "--state", str(state)]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline()
        assert address.startswith("http://127.0.0.1:")
        lines = []
        while "pause_s" not in (line := process.stdout.readline()):
            assert line, process.communicate(timeout=START_S)
            lines.append(line)
        table = tomllib.loads("".join([*lines, line]))["platform"]
        found = platform_settings.read(table, state.parent, development=True)
        assert found is not None
        yield process, found
    finally:
        process.kill()
        process.communicate()


def platform(settings: PlatformSettings) -> NationalPlatform:
    return NationalPlatform(settings, sleep=lambda _: None)


def test_what_it_prints_is_enough_to_work_with_it_also_after_it_was_killed(tmp_path: Path) -> None:
    state = tmp_path / "状态.db"
    with running(state) as (process, settings):
        code = platform(settings).code(case())
        assert code.answer.outcome is Outcome.ACCEPTED
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    for path in (settings.client_secret_file, settings.private_key_file, state):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with running(state) as (_, again):
        assert again.client_secret_file == settings.client_secret_file
        assert platform(again).code(case()).code_id == code.code_id


def test_a_port_that_is_taken_or_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for wrong in (port, "99999", "-5"):
            arguments = ["sandbox-platform", "--state", str(tmp_path / "x"), f"--port={wrong}"]
            assert main(arguments) == 1
            assert "沙箱无法启动" in capsys.readouterr().err


def test_a_state_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(b"no database at all" * 100)
    assert main(["sandbox-platform", "--state", str(tmp_path / "x")]) != 0
    assert "沙箱无法启动" in capsys.readouterr().err
    (tmp_path / "y.province.pem").write_bytes(b"no key")
    assert main(["sandbox-platform", "--state", str(tmp_path / "y")]) != 0
    assert "y.province.pem" in capsys.readouterr().err
    assert main(["sandbox-platform", "--state", str(tmp_path / "no" / "z")]) != 0
    assert "沙箱无法启动" in capsys.readouterr().err
