"""docs/platform.md says what the code does, and its commands work as they stand."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from platform_world import Sandbox, sandbox_in

from service import platform_settings
from service.cli import _parser
from service.platform.national import MAX_CALL_S
from service.sandbox import faults

TEXT = (Path(__file__).parents[2] / "docs" / "platform.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of code in that language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_its_settings_are_all_there_are(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    table = tomllib.loads(block)["platform"]
    for name in ("client_secret_file", "private_key_file", "ca"):
        path = tmp_path / table[name]
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = platform_settings.read(table, tmp_path, development=False)
    assert found is not None
    assert set(table) == set(vars(found))
    without = {name: value for name, value in table.items() if name not in ("ca", "token_url")}
    for name in ("timeout_s", "tries", "calls_before_pause", "pause_s"):
        del without[name]
    left_out = platform_settings.read(without, tmp_path, development=False)
    assert left_out is not None
    assert {**vars(left_out), "ca": found.ca, "token_url": found.token_url} == vars(found)
    assert f"within {MAX_CALL_S:.0f} seconds" in TEXT


def test_its_faults_are_all_there_are() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT, re.MULTILINE))
    assert rows == dict(faults.KINDS)
    (steps,) = re.findall(r"^Steps: (.*?)\.", TEXT, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", steps)) == faults.STEPS


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_its_commands_work(tmp_path: Path) -> None:
    start, practice = blocks("sh")
    words = shlex.split(start)
    assert words[0] == "sealpress"
    options = _parser().parse_args(words[1:])
    assert (options.port, options.state) == (8090, Path("practice.db"))
    with sandbox_in(tmp_path) as sandbox:
        answers = [_run(line, sandbox) for line in practice.strip().splitlines()]
        assert sandbox.state()["faults"] == []
    ordered, state, nothing = answers
    assert json.loads(ordered)["times"] == 2
    assert json.loads(state)["faults"] == [json.loads(ordered)]
    assert nothing == ""


def _run(line: str, sandbox: Sandbox) -> str:
    command = shlex.split(line.replace(":8090/", f":{sandbox.port}/"))
    assert command[0] == "curl"
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
