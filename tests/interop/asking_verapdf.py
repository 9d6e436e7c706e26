"""veraPDF asked about many PDF files in one run of its command line."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .asking_ofdrw import BUILD_SECONDS, QUICK_START
from .programs import run

PROJECT = Path(__file__).parent / "verapdf"
LIBRARIES = PROJECT / "target" / "lib"
BUILT = PROJECT / "target" / "built"
"""Touched when the libraries are there, so that a changed version in pom.xml is noticed."""

MAIN = "org.verapdf.apps.GreenfieldCliWrapper"

PATIENCE = 300
"""Seconds for a run: three for the JVM, half a second for each file."""

ALL_CONFORM, SOME_DO_NOT = 0, 1
"""Exit statuses of a run that came to its end."""


@dataclass(frozen=True)
class Conformity:
    """What veraPDF says of one file: the profile it checked, and the rules that are broken."""

    profile: str
    rules_kept: int
    broken: tuple[str, ...]


def build() -> Path:
    """Fetch veraPDF unless it is there: from Maven's cache if that is enough."""
    if BUILT.exists() and BUILT.stat().st_mtime > (PROJECT / "pom.xml").stat().st_mtime:
        return LIBRARIES
    maven = ("mvn", "--quiet", "--batch-mode", "--file", PROJECT / "pom.xml", "clean", "package")
    if run(*maven, "--offline", exit_codes=None, timeout=BUILD_SECONDS).returncode != 0:
        run(*maven, timeout=BUILD_SECONDS)
    BUILT.touch()
    return LIBRARIES


def conformity(libraries: Path, files: Iterable[Path], flavour: str) -> dict[Path, Conformity]:
    """Check files against one part and level of PDF/A, such as `3b`, whatever they claim to be."""
    java = ("java", QUICK_START, "-Djava.awt.headless=true", "-cp", f"{libraries}/*", MAIN)
    done = run(
        *(*java, "--flavour", flavour, "--format", "json", *files),
        exit_codes=(ALL_CONFORM, SOME_DO_NOT),
        timeout=PATIENCE,
    )
    jobs = json.loads(done.stdout)["report"]["jobs"]
    return {Path(job["itemDetails"]["name"]): _read(job) for job in jobs}


def _read(job: dict) -> Conformity:
    assert "validationResult" in job, f"veraPDF could not check the file: {job}"
    (result,) = job["validationResult"]
    assert result["jobEndStatus"] == "normal", result
    details = result["details"]
    broken = tuple(
        f"{rule['clause']}-{rule['testNumber']}: {rule['description']}"
        for rule in details["ruleSummaries"]
    )
    assert result["compliant"] == (not broken), result
    return Conformity(result["profileName"], details["passedRules"], broken)
