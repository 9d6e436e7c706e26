"""Certificates issued by the real command line, and what has to be readable on them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from renderer import layout

ROOT = Path(__file__).parents[2]
SAMPLES = [
    path
    for path in sorted((ROOT / "tests" / "samples").glob("0*.json"))
    if json.loads(path.read_text("utf-8"))["type"] in layout.available()
]
"""The good samples of every type that is built."""

SEALPRESS = Path(sys.executable).with_name("sealpress")
"""The console script of the environment that runs the tests."""


@dataclass(frozen=True)
class CommandLine:
    """`sealpress`, with its state in a folder of its own."""

    home: Path

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `sealpress` with these words; the caller judges the exit code."""
        return subprocess.run(
            [str(SEALPRESS), *(str(word) for word in words)],
            capture_output=True,
            check=False,
            cwd=ROOT,
            encoding="utf-8",
            env=os.environ | {"SEALPRESS_HOME": str(self.home)},
            timeout=120,
        )

    def issue(self, requests: Iterable[Path], folder: Path) -> dict[str, "Issued"]:
        """Issue requests into a folder: the certificates by the name of their request."""
        requests = list(requests)
        done = self.run("issue", *requests, "--out", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(requests)
        return {
            path.stem: Issued(json.loads(path.read_text("utf-8")), answer)
            for path, answer in zip(requests, answers, strict=True)
        }


@dataclass(frozen=True)
class Issued:
    """One issued certificate: what was asked for, and what `sealpress issue` answered."""

    request: Mapping
    answer: Mapping

    @cached_property
    def pdf(self) -> Path:
        """The signed PDF."""
        return Path(self.answer["pdf"])

    @cached_property
    def ofd(self) -> Path:
        """The sealed OFD."""
        return Path(self.answer["ofd"])

    @property
    def verify_url(self) -> str:
        """What the QR code has to say."""
        return self.answer["verify_url"]

    def printed(self) -> dict[str, str]:
        """Every value on the face as it is printed, by its key, without white space."""
        values = {
            "number": self.answer["number"],
            "authority": self.request["authority"]["name"],
            "issued_on": self.request["issued_on"],
            **self.request["face"],
        }
        return {
            key: squeezed(chinese_date(value) if key.endswith("_on") else value)
            for key, value in values.items()
        }

    def missing_from(self, text: str) -> list[str]:
        """The keys of the face whose values a text lacks; every value needs a place of its own.

        Longest first, and each found place is used up, so that a value that is part of another
        one, or printed twice, is not taken for read where only the other one is.
        """
        left = squeezed(text)
        missing = []
        for key, value in sorted(self.printed().items(), key=lambda item: -len(item[1])):
            if value in left:
                left = left.replace(value, "\0", 1)
            else:
                missing.append(key)
        return missing


def squeezed(text: str) -> str:
    """A text without white space, which readers put where lines break."""
    return "".join(text.split())


def chinese_date(iso: str) -> str:
    """2024-09-01 as it is printed: 2024年09月01日."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\1年\2月\3日", iso)
