"""The outside programs: found, or named with the Debian package that brings them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

PACKAGES = {
    "certutil": "libnss3-tools",
    "jar": "default-jdk-headless",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "openssl": "openssl",
    "pdfsig": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "qpdf": "qpdf",
    "unzip": "unzip",
    "zbarimg": "zbar-tools",
}
"""Each program that these tests run, and the Debian package to install for it."""

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
    message = f"{', '.join(missing)} is missing: apt-get install {' '.join(packages)}"
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
