"""Files of strangers are looked at elsewhere: what takes too much ends there, and says so."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import genuine
import pytest

from verify import conclude, decide, isolation, limits, ofd_checks, pdf_checks, proof
from verify.check import CheckState, Examination
from verify.isolation import Helpers
from verify.upload_places import Busy, UploadPlaces
from verify.verdict import Word

_PDF = b"%PDF-1.7 a stranger's"
_HELPER = """
import os, subprocess, sys, time
from verify import isolation_helper, limits, proof
limits.HELPER_CPU_SECONDS = limits.Limit(1, "s", "short for a test")
isolation_helper._load = lambda: None
def examined(data, anchors, now):
    {body}
proof.examined = examined
sys.exit(isolation_helper.main())
"""


@pytest.fixture
def helpers_that() -> Iterator[Callable[..., Helpers]]:
    """Helpers that do something else than examine."""
    made: list[Helpers] = []

    def make(body: str, count: int = 1, seconds: float = 10) -> Helpers:
        command = (sys.executable, "-P", "-c", _HELPER.replace("{body}", body))
        made.append(Helpers(count, seconds, command))
        return made[-1]

    yield make
    for helpers in made:
        helpers.close()


def _asked(helpers: Helpers, data: bytes = _PDF) -> Examination:
    return helpers.examine(data, genuine.house().anchors, genuine.NOW)


def _reason(found: Examination) -> str:
    """Why a file could not be examined; every check is there, and the first of them says so."""
    assert not found.readable
    assert not found.ours
    table = pdf_checks.CHECKS if found.kind == "pdf" else ofd_checks.CHECKS
    assert [check.id for check in found.checks] == [*table, conclude.SHOWN]
    (failed,) = (check for check in found.checks if check.state is CheckState.FAILED)
    return failed.reason


@pytest.fixture(scope="module")
def helpers() -> Iterator[Helpers]:
    made = Helpers(1)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["pdf", "ofd"])
def test_the_report_from_elsewhere_is_the_one_from_here(helpers: Helpers, kind: str) -> None:
    data = genuine.genuine_pdf() if kind == "pdf" else genuine.genuine_ofd()
    changed = data.replace(b"1.7", b"1.6", 1) if kind == "pdf" else data[:-1] + b"x"
    for one in (data, changed, data[:2000]):
        assert _asked(helpers, one) == proof.examined(one, genuine.house().anchors, genuine.NOW)


def test_what_is_no_file_of_ours_needs_no_helper(helpers_that: Callable[..., Helpers]) -> None:
    never = helpers_that("os._exit(1)")
    for data in (b"", b"noise", b"%PDF-" + bytes(limits.FILE_BYTES)):
        assert _asked(never, data) == Examination("other", readable=False, ours=False, checks=())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("bytearray(1 << 30)", "512 MiB"),
        ("while True: pass", "1 s of computing"),
        ("time.sleep(60)", "2 s"),
        ("os._exit(0)", "unexpectedly"),
        ("os.abort()", "unexpectedly"),
        ("raise ValueError", "unexpectedly"),
        ("open('written-by-a-helper', 'wb', buffering=0).write(b'x')", "unexpectedly"),
    ],
)
def test_what_takes_too_much_or_dies_makes_the_file_unreadable(
    helpers_that: Callable[..., Helpers],
    body: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    short = limits.Limit(1, "s", "short for a test")
    monkeypatch.setattr(limits, "HELPER_CPU_SECONDS", short)
    started = time.monotonic()
    reason = _reason(_asked(helpers_that(body, seconds=2 if "sleep" in body else 30)))
    assert told in reason
    assert time.monotonic() - started < 8 + isolation._READY_SECONDS


_RUBBISH = {
    "no JSON": "b'{'",
    "another thing": "b'{}'",
    "a kind that is none": """b'{"kind": "exe", "readable": true, "ours": true, "checks": []}'""",
    "nested": "b'[' * 100000",
}


@pytest.mark.parametrize("name", _RUBBISH)
def test_a_report_that_is_none_makes_the_file_unreadable(
    helpers_that: Callable[..., Helpers], name: str
) -> None:
    send = f"isolation_helper.send(os.fdopen(3, 'wb', closefd=False), {_RUBBISH[name]})"
    body = f"{send}; time.sleep(9)"
    assert "cannot be read" in _reason(_asked(helpers_that(body)))


def test_a_report_without_end_is_not_read(helpers_that: Callable[..., Helpers]) -> None:
    body = "os.write(3, b'\\x7f\\xff\\xff\\xff' + b'x' * 1000); time.sleep(9)"
    assert "too large" in _reason(_asked(helpers_that(body)))


def test_after_a_death_the_next_file_is_examined_by_another(
    helpers_that: Callable[..., Helpers], tmp_path: Path
) -> None:
    flag = tmp_path / "died"
    flag.touch()
    helpers = helpers_that(
        f"import pathlib; p = pathlib.Path({str(flag)!r})"
        "; p.exists() and (p.unlink(), os._exit(1))"
        "; from verify.check import Examination; return Examination('pdf', True, False, ())"
    )
    assert "unexpectedly" in _reason(_asked(helpers))
    assert _asked(helpers) == Examination("pdf", readable=True, ours=False, checks=())


def test_a_helper_knows_nothing_of_our_environment(
    helpers_that: Callable[..., Helpers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALPRESS_SECRET", "geheim")
    helpers = helpers_that(
        "from verify.check import Examination; "
        "return Examination('pdf', 'SEALPRESS_SECRET' in os.environ, False, ())"
    )
    assert _asked(helpers).readable is False


def test_where_every_helper_is_at_work_one_is_turned_away(
    helpers_that: Callable[..., Helpers],
) -> None:
    helpers = helpers_that("time.sleep(60)", seconds=1.5)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            outcomes.append(_reason(_asked(helpers)))
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "busy" in outcomes
    assert any("1.5 s" in one for one in outcomes)


def test_a_closed_pool_leaves_no_process(helpers_that: Callable[..., Helpers]) -> None:
    helpers = helpers_that(
        "from verify.check import Examination; return Examination('pdf', True, False, ())"
    )
    _asked(helpers)
    (idle,) = helpers._idle
    process = idle._process.pid
    helpers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_the_register_has_to_the_byte_is_examined_here(world: Any) -> None:
    def nobody(*_: object) -> Examination:
        raise AssertionError("a file that was issued was taken for a stranger's")

    data = genuine.genuine_pdf()
    world.change(world.crane, pdf_sha256=hashlib.sha256(data).hexdigest())
    found = decide.file(
        data,
        register=world.register,
        anchors=genuine.house().anchors,
        at=genuine.NOW,
        now=genuine.NOW,
        examine=nobody,
    )
    assert found.verdict is not Word.UNREADABLE


def test_places_for_uploads_are_for_all_and_for_one() -> None:
    places = UploadPlaces(at_once=3, of_one=2)
    with places.place("a"), places.place("a"):
        with pytest.raises(Busy), places.place("a"):
            pass
        with places.place("b"), pytest.raises(Busy), places.place("c"):
            pass
    with places.place("a"), places.place("a"):
        pass
