"""What the README says is tried as written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def block(heading: str) -> list[str]:
    """The commands of the first shell block under a heading."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found
    return [line.split("  #")[0].strip() for line in found[1].splitlines()]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which commands run as they do in a clone that `make` has set up."""
    for name in ("layouts", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    program = tmp_path / ".venv" / "bin" / "sealpress"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m service.cli "$@"\n')
    program.chmod(0o755)
    return tmp_path


def environment() -> dict[str, str]:
    """The environment without a home of its own, so that the default is tried."""
    kept = {key: value for key, value in os.environ.items() if key != "SEALPRESS_HOME"}
    return kept | {"PYTHONPATH": str(ROOT)}


def test_the_commands_of_the_readme_work(clone: Path) -> None:
    for command in block("Use it"):
        if "bench" in command:
            command = re.sub(r"--count \d+", "--count 3", command)
        done = subprocess.run(
            ["bash", "-euc", command], cwd=clone, env=environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert (clone / "var" / "config.toml").is_file()


def test_the_demo_ends_well_and_says_where_to_look(clone: Path) -> None:
    command = [sys.executable, "-m", "service.demo"]
    done = subprocess.run(command, cwd=clone, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for word in ("valid", "altered", "cancelled", "U+323A9", "demo/"):
        assert word in done.stdout
    assert len(list((clone / "demo").glob("*.ofd"))) == 7


def test_the_make_targets_it_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ["demo", "test", "lint", "interop", "bench", "serve", "pictures", "lock"]:
        assert re.search(rf"^{target}:.*##", makefile, re.MULTILINE)
        assert f"`{target}`" in README or f"make {target}" in README


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[>=<\[]", name)[0] for name in project["dependencies"]}
    section = README.split("### Dependencies")[1]
    assert names == set(re.findall(r"^\| ([a-z0-9-]+) \| ", section, re.MULTILINE)) - {"package"}
