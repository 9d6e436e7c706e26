"""The same input gives the same bytes: in another process, another country, on another day.

What the bytes do depend on is the code here, the layout, the fonts, and the versions of the two
libraries that make parts of a file: the one that compresses, and HarfBuzz, which cuts some fonts.
That is why no digest of a finished file stands here: an update of either may change it, and no
certificate is harmed, since what was signed is kept as it was signed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DRAW = """
import datetime, hashlib, json, locale, random, sys, time

locale.setlocale(locale.LC_ALL, "")
shift = float(sys.argv[1]) * 86400
clock, day, moment = time.time, datetime.date, datetime.datetime

class Date(day):
    @classmethod
    def today(cls):
        return day.fromtimestamp(clock() + shift)

class DateTime(moment):
    @classmethod
    def now(cls, tz=None):
        return moment.fromtimestamp(clock() + shift, tz)

time.time = lambda: clock() + shift
time.gmtime = lambda at=None, own=time.gmtime: own(time.time() if at is None else at)
time.localtime = lambda at=None, own=time.localtime: own(time.time() if at is None else at)
datetime.date, datetime.datetime = Date, DateTime
random.seed(sys.argv[1])

from renderer import layout, ofd, pdf, seal_art, svg
from renderer.attachment import Attachment
from renderer.compose import Code, Content, compose
from renderer.info import DocumentInfo
from renderer.pdf_signature import SignatureSlot
from renderer.raster import seal_png

found = {"today": str(datetime.date.today()), "order": list({"a", "b", "c", "d", "e", "f"})}
for name in layout.available():
    form = layout.load(name)
    data = layout.sample(form)
    authority = data["authority"]["name"]
    number = data.get("number") or "1"
    page = compose(form, Content(number, authority, data["issued_on"], data["face"]), [Code("X")],
                   watermark="样本", notice="样本")
    info = DocumentInfo(form.title, number, "1.2", authority, data["issued_on"], data["face"])
    files = [Attachment("certificate.json", b"{}", "application/json", "数据")]
    seal = form.seal
    slot = SignatureSlot(art=seal_art.draw(authority), place=(seal.x, seal.y, seal.diameter),
                         signed_at=moment(2024, 1, 1, tzinfo=datetime.timezone.utc),
                         name=authority, reason="签发")
    made = {"pdf": pdf.write(page, info, files, slot).data, "ofd": ofd.write(page, info, files),
            "svg": svg.write(page), "seal": seal_png(slot.art)}
    found |= {f"{name} {kind}": hashlib.sha256(data).hexdigest() for kind, data in made.items()}
print(json.dumps(found))
"""
"""Draws every layout's sample on a day so many days ahead."""


def drawn(days: int, **environment: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(days)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def here() -> dict[str, object]:
    return drawn(0, PYTHONHASHSEED="1", TZ="Asia/Shanghai", LC_ALL="C.UTF-8")


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, object]:
    return drawn(500, PYTHONHASHSEED="4", TZ="America/St_Johns", LC_ALL="C")


def test_both_processes_really_differ(here, elsewhere):
    assert here["today"] != elsewhere["today"]
    assert here["order"] != elsewhere["order"]


def test_every_file_of_every_layout_is_the_same(here, elsewhere):
    files = here.keys() - {"today", "order"}
    assert len(files) >= 4
    assert {name: here[name] for name in files} == {name: elsewhere[name] for name in files}
