"""The outside programs: found, or named with the Debian package that brings them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

PACKAGES = {
    "certutil": "libnss3-tools",
    "chromium": "chromium",
    "jar": "default-jdk-headless",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "openssl": "openssl",
    "pdfsig": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "pkcs11-tool": "opensc",
    "qpdf": "qpdf",
    "softhsm2-util": "softhsm2",
    "unzip": "unzip",
    "zbarimg": "zbar-tools",
}
"""Each program that these tests run, and the Debian package to install for it."""

FONTS = Path("/usr/share/fonts")
"""Where ofdrw looks for fonts on Linux."""

REQUIRED = "SEALPRESS_REQUIRE_INTEROP"
"""Set to 1 (continuous integration does), a missing program fails its tests."""

PATIENCE = 60
"""Seconds that a program may take for one file; none needs five."""


def need(*programs: str) -> None:
    """Skip the test, or fail it where programs are required, if one of them is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    packages = sorted({PACKAGES[program] for program in missing})
    _do_without(f"{', '.join(missing)}: missing; apt-get install {' '.join(packages)}")


def need_a_font() -> None:
    """Skip or fail likewise if the machine has no TrueType font at all, which ofdrw cannot bear."""
    if not any(FONTS.rglob("*.ttf")):
        _do_without(f"no font in {FONTS}; apt-get install fonts-dejavu-core")


def need_file(path: Path, package: str) -> None:
    """Skip or fail likewise if a file is missing that a Debian package brings."""
    if not path.is_file():
        _do_without(f"{path}: missing; apt-get install {package}")


def _do_without(message: str) -> None:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(message)
    pytest.skip(message)


def run(
    *command: str | Path,
    exit_codes: Sequence[int] | None = (0,),
    cwd: Path | None = None,
    timeout: float = PATIENCE,
) -> subprocess.CompletedProcess[str]:
    """Run a program in the C locale and give what it said; `exit_codes` None allows any."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        errors="replace",
        timeout=timeout,
    )
    if exit_codes is not None and done.returncode not in exit_codes:
        pytest.fail(f"{' '.join(done.args)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done
