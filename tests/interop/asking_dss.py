"""EU DSS, the European Commission's library, asked about many PDF files in one run of its JVM."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .asking_ofdrw import BUILD_SECONDS, QUICK_START
from .programs import run

PROJECT = Path(__file__).parent / "dss"
JAR = PROJECT / "target" / "ask-dss.jar"

PATIENCE = 300
"""Seconds for a run: three for the JVM, a quarter of a second for each file."""


@dataclass(frozen=True)
class Opinion:
    """What DSS says of a file's one signature, by its own default policy."""

    level: str
    """Such as PAdES-BASELINE-B: the highest whose demands the file meets."""
    indication: str
    """TOTAL_PASSED, INDETERMINATE or TOTAL_FAILED (ETSI EN 319 102-1, 5.1.3)."""
    why: str | None
    """The sub-indication."""
    errors: tuple[str, ...]
    time_stamps: tuple[str, ...]
    """The indication of each, PASSED where all is well."""


def build() -> Path:
    """Build the jar unless it is newer than its sources: from Maven's cache if that is enough."""
    sources = [PROJECT / "pom.xml", *(PROJECT / "src").rglob("*.java")]
    if JAR.exists() and JAR.stat().st_mtime > max(path.stat().st_mtime for path in sources):
        return JAR
    maven = ("mvn", "--quiet", "--batch-mode", "--file", PROJECT / "pom.xml", "clean", "package")
    if run(*maven, "--offline", exit_codes=None, timeout=BUILD_SECONDS).returncode != 0:
        run(*maven, timeout=BUILD_SECONDS)
    return JAR


def opinions(
    jar: Path, files: Sequence[Path], anchors: Iterable[Path], crls: Iterable[Path] = ()
) -> list[Opinion]:
    """Its opinion of each file, given trust anchors (PEM) and revocation lists (DER)."""
    words = [word for anchor in anchors for word in ("--anchor", anchor)]
    words += [word for crl in crls for word in ("--crl", crl)]
    done = run("java", QUICK_START, "-jar", jar, *words, *files, timeout=PATIENCE)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["file"] for answer in answers] == [str(file) for file in files], done.stderr
    return [_opinion(answer["signatures"]) for answer in answers]


def _opinion(signatures: list[dict]) -> Opinion:
    (said,) = signatures
    return Opinion(
        level=said["format"],
        indication=said["indication"],
        why=said["subIndication"],
        errors=tuple(said["errors"]),
        time_stamps=tuple(stamp["indication"] for stamp in said["timestamps"]),
    )
