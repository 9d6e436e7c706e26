"""Rates, turns, callers and the journal of a seal service, each by itself."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Forbidden
from service.seal_service.callers import Callers, Visitor
from service.seal_service.config import Caller
from service.seal_service.journal import KEPT, Entry, Journal
from service.seal_service.limits import Rate, Turns

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENTRY = Entry("press", "0123456789abcdef", "one", "sm2-sm3", bytes(32), b"signature")


@given(st.integers(1, 100), st.lists(st.floats(0, 30), max_size=200))
def test_nobody_gets_more_than_a_rate_and_what_grew_since(per_minute, pauses):
    now = 0.0
    rate = Rate(per_minute, clock=lambda: now)
    for taken, pause in enumerate(pauses, 1):
        now += pause
        wait = rate.take("one")
        assert wait >= 0
        if wait:
            now += wait + 1e-6
            assert rate.take("one") == 0, "what was said about waiting must hold"
        assert taken <= per_minute + now * per_minute / 60 + 1e-6
    assert rate.take("another") == 0


def test_one_name_has_one_turn_at_a_time_and_others_do_not_wait():
    turns, inside, most = Turns(), [0], [0]

    def work():
        with turns.of("name"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    with turns.of("another"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert most == [1]
    assert not turns._turns, "nothing may be left of turns that are over"


def test_a_turn_ends_with_an_error():
    turns = Turns()
    with pytest.raises(LookupError), turns.of("name"):
        raise LookupError
    with turns.of("name"):
        pass


def test_a_connection_older_than_its_certificate_is_of_no_use():
    moment = NOON
    callers = Callers([Caller("press", "press", None, frozenset())], clock=lambda: moment)
    visitor = Visitor("press", "0" * 64, not_after=NOON + timedelta(hours=1))
    assert callers.find(visitor).name == "press"
    moment = NOON + timedelta(hours=2)
    with pytest.raises(Forbidden, match="expired"):
        callers.find(visitor)


def test_a_certificate_with_no_name_or_several_is_no_caller_by_name():
    callers = Callers([Caller("press", "press", None, frozenset())], clock=lambda: NOON)
    with pytest.raises(Forbidden):
        callers.find(Visitor("", "0" * 64, not_after=NOON))


def test_of_two_processes_one_entry_stands(tmp_path: Path):
    first, second = Journal(tmp_path / "j.db"), Journal(tmp_path / "j.db")
    other = Entry(*(*vars(ENTRY).values(),)[:-1], b"another signature")
    called = []
    assert first.record(ENTRY, lambda: called.append(1)) == ENTRY
    assert second.record(other, lambda: called.append(2)) == ENTRY
    assert called == [1]
    assert second.find("press", ENTRY.request_id) == ENTRY
    first.close()
    second.close()


def test_what_fails_before_an_entry_is_kept_leaves_none(tmp_path: Path):
    journal = Journal(tmp_path / "j.db")

    def fail():
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        journal.record(ENTRY, fail)
    assert journal.find("press", ENTRY.request_id) is None
    assert journal.record(ENTRY, lambda: None) == ENTRY
    journal.close()


def test_a_running_journal_forgets_what_is_old(tmp_path: Path):
    moment = NOON
    journal = Journal(tmp_path / "j.db", clock=lambda: moment)
    journal.record(ENTRY, lambda: None)
    moment = NOON + KEPT + timedelta(days=1)
    newer = Entry("press", "fedcba9876543210", "one", "sm2-sm3", bytes(32), b"signature")
    journal.record(newer, lambda: None)
    assert journal.find("press", ENTRY.request_id) is None
    assert journal.find("press", newer.request_id) == newer
    journal.close()
