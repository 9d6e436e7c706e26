"""Turns: one at a time draws, but nobody waits for who only waits for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

from service.turns import Turns

WAIT_SECONDS = 10.0


def beside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_one_at_a_time_has_a_turn() -> None:
    turns, got = Turns(), threading.Event()

    def other() -> None:
        turns.acquire()
        got.set()
        turns.release()

    turns.acquire()
    turns.acquire()
    thread = beside(other)
    turns.release()
    assert not got.wait(0.05)  # taken twice, given back once
    turns.release()
    assert got.wait(WAIT_SECONDS)
    thread.join()


def test_a_pause_lets_others_have_turns_and_ends_with_a_turn() -> None:
    turns, got, done = Turns(), threading.Event(), threading.Event()

    def other() -> None:
        turns.acquire()
        got.set()
        turns.release()
        done.set()

    turns.acquire()
    turns.acquire()
    with turns.pausing() as pause:
        thread = beside(other)
        assert not got.wait(0.05)
        pause()
        pause()  # it is none to pause twice
        assert done.wait(WAIT_SECONDS)
    thread.join()
    done.clear()
    got.clear()
    thread = beside(other)
    turns.release()
    assert not got.wait(0.05)  # as often as before
    turns.release()
    assert done.wait(WAIT_SECONDS)
    thread.join()


def test_who_has_no_turn_pauses_nothing() -> None:
    turns, paused = Turns(), threading.Event()

    def other() -> None:
        with turns.paused():
            paused.set()

    turns.acquire()
    thread = beside(other)
    assert paused.wait(WAIT_SECONDS)
    thread.join()
    turns.release()
