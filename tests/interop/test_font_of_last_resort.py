"""HanaMinB as the font of last resort: what it adds, and that both formats bear it.

A process that was told of it keeps it, so that everything here happens in processes of its own.
"""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from . import places
from .asking_ofdrw import Ofdrw
from .asking_verapdf import build, conformity
from .issued import ROOT, SAMPLES, CommandLine
from .programs import need, need_file

pytestmark = pytest.mark.interop

HANA = Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")

NAME = "𠀀𪚥𪜀𫝀𫠠𬺰"
"""One character each of Extensions B (its first and nearly its last), C, D, E and F; none is in
the fonts of this repository."""

LACKING = {
    "B": [*range(0x2A6D7, 0x2A6E0)],
    "C": [*range(0x2B735, 0x2B73A)],
    "D": [],
    "E": [],
    "F": [],
}
"""What no font has: characters that Unicode 13 to 15 put behind the end of their blocks."""

COUNT = """
import json, sys
from itertools import pairwise
from pathlib import Path
from renderer import fonts
fonts.use_last_resort(Path(sys.argv[1]))
blocks = {"B": (0x20000, 0x2A6E0), "C": (0x2A700, 0x2B73A), "D": (0x2B740, 0x2B81E),
          "E": (0x2B820, 0x2CEA2), "F": (0x2CEB0, 0x2EBE1)}
print(json.dumps({name: [code for code in range(*ends) if not fonts.has("serif", chr(code))]
                  for name, ends in blocks.items()}))
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """An installation whose settings name the font."""
    need_file(HANA, "fonts-hanazono")
    home = tmp_path_factory.mktemp("office")
    text = f'base_url = "https://sealpress.example"\n[fonts]\nlast_resort = "{HANA}"\n'
    (home / "config.toml").write_text(text, "utf-8")
    return CommandLine(home)


@pytest.fixture(scope="module")
def request_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A request with a person of that name."""
    data = json.loads(SAMPLES[0].read_text("utf-8"))
    data["face"]["project_manager"] = NAME
    path = tmp_path_factory.mktemp("request") / "rare.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_with_it_all_but_fourteen_of_60331_characters_are_drawn() -> None:
    need_file(HANA, "fonts-hanazono")
    said = subprocess.run(
        [sys.executable, "-c", COUNT, str(HANA)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert json.loads(said.stdout) == LACKING


def test_without_it_they_are_refused_by_name(sealpress: CommandLine, request_file: Path) -> None:
    done = sealpress.run("render", request_file, "--explain")
    assert done.returncode == 1
    assert "“𠀀”U+20000（字库中没有此字）" in done.stderr


def test_the_explanation_names_the_font_and_its_file(
    office: CommandLine, request_file: Path
) -> None:
    done = office.run("render", request_file, "--explain", "--json")
    assert done.returncode == 0, done.stderr
    (told,) = [one for one in json.loads(done.stdout) if one["field"] == "project_manager"]
    assert told["fonts"] == [
        {"family": "HanaMinB", "file": str(HANA), "fallback": True, "characters": NAME}
    ]


def test_an_issued_pair_with_it_is_archival_valid_and_readable(
    office: CommandLine, request_file: Path, ofdrw: Ofdrw, tmp_path: Path
) -> None:
    need("mvn", "java")
    (issued,) = office.issue([request_file], tmp_path).values()
    (verdict,) = conformity(build(), [issued.pdf], "3b").values()
    assert verdict.broken == ()
    assert ofdrw.validate(issued.ofd)["verdict"] == "VALID"
    assert issued.missing_from(ofdrw.text(issued.ofd)) == []
    for found in (places.in_pdf(issued.pdf), places.in_ofd(issued.ofd)):
        characters = [place for place in found if place.character in NAME]
        assert "".join(place.character for place in characters) == NAME
        steps = [b.x - a.x for a, b in pairwise(characters)]
        assert steps == pytest.approx([steps[0]] * 5, abs=0.002), "each is one em wide"
    assert office.run("verify", issued.pdf).returncode == 0
    assert office.run("verify", issued.ofd).returncode == 0


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_text("no font", "utf-8")
    text = f'base_url = "https://sealpress.example"\n[fonts]\nlast_resort = "{tmp_path}/a.ttf"\n'
    (tmp_path / "config.toml").write_text(text, "utf-8")
    done = CommandLine(tmp_path).run("render", SAMPLES[0], "--explain")
    assert done.returncode == 1
    assert "last-resort" in done.stderr
