"""docs/keys.md as the tests read it: its tables, and its commands in the order they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "keys.md").read_text("utf-8")


def section(heading: str, end: str = "\n## ") -> str:
    """What stands below a heading."""
    return DOCUMENT.split(f"\n## {heading}\n")[1].split(end)[0]


def blocks(text: str) -> list[str]:
    """The shell blocks of a text, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def first_cells(table: str) -> list[str]:
    """The words in code in the first column of a table."""
    rows = re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)
    return [word for cell in rows for word in re.findall(r"`([^`]+)`", cell)]


def place(folder: Path) -> dict[str, str]:
    """A folder in which the document can be followed, and the environment for it."""
    program = folder / "bin" / "sealpress"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m service.cli "$@"\n')
    program.chmod(0o755)
    (folder / "tests").symlink_to(ROOT / "tests")
    return os.environ | {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "SEALPRESS_HOME": str(folder / "home"),
        "LC_ALL": "C.UTF-8",
    }


def follow(block: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a block as written; it must work. Gives what it printed."""
    bash = shutil.which("bash") or "/bin/bash"
    done = subprocess.run(
        [bash, "-euc", block], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout
