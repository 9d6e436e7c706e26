"""The one JVM that asks ofdrw about every file; its protocol is described in AskOfdrw.java."""

import json
import subprocess
from pathlib import Path
from typing import Any

from .programs import run

PROJECT = Path(__file__).parent / "ofdrw"
JAR = PROJECT / "target" / "ask-ofdrw.jar"

BUILD_SECONDS = 600
"""A first build fetches 26 MB from Maven Central."""

BEIJING = "-Duser.timezone=Asia/Shanghai"
"""Where ofdrw is at home: it writes times without a zone into seals of the first edition."""

QUICK_START = "-XX:TieredStopAtLevel=1"
"""The quick compiler alone: for a minute's work the thorough one costs more than it saves."""


def build() -> Path:
    """Build the jar unless it is newer than its sources: from Maven's cache if that is enough."""
    sources = [PROJECT / "pom.xml", *(PROJECT / "src").rglob("*.java")]
    if JAR.exists() and JAR.stat().st_mtime > max(path.stat().st_mtime for path in sources):
        return JAR
    maven = ("mvn", "--quiet", "--batch-mode", "--file", PROJECT / "pom.xml", "package")
    if run(*maven, "--offline", exit_codes=None, timeout=BUILD_SECONDS).returncode != 0:
        run(*maven, timeout=BUILD_SECONDS)
    return JAR


class Ofdrw:
    """A running `ask-ofdrw.jar`; one question, one answer."""

    def __init__(self, jar: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                ["java", QUICK_START, BEIJING, "-jar", str(jar)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                encoding="utf-8",
            )

    def validate(self, ofd: Path) -> dict[str, Any]:
        """Its verdict: `verdict` VALID or INVALID, then with a `reason`."""
        return self._ask("validate", ofd)

    def info(self, ofd: Path) -> dict[str, Any]:
        """Page size in mm, signatures, seals, fonts and attachments."""
        return self._ask("info", ofd)

    def text(self, ofd: Path) -> str:
        """The text of all pages."""
        return "".join(self._ask("text", ofd)["text"])

    def render(self, ofd: Path, out: Path, dpi: int) -> None:
        """Draw the first page into a PNG or BMP file."""
        self._ask("render", ofd, out, dpi)

    def seal(self, ofd: Path, out: Path, version: int, keys: Path, *, final: bool = True) -> None:
        """Seal a file as ofdrw does, with a seal of version 1 or 4; `final` covers everything."""
        self._ask("seal", ofd, out, version, "WholeProtected" if final else "ContinueSign", keys)

    def _ask(self, *words: str | Path | int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"ask-ofdrw.jar has ended: {self._log.read_text('utf-8', 'replace')}"
        answer = json.loads(line)
        assert "error" not in answer, answer
        assert answer["warnings"] == [], answer
        return answer

    def close(self) -> None:
        """End the process by ending its input."""
        self._process.communicate(timeout=10)
