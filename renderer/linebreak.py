"""Where a line of Chinese text may end.

Between any two Han characters, but no closing mark stands at a line's start, no opening mark at a
line's end (GB/T 15834, 5.1), and Latin words and numbers stay whole. Where nothing else fits, they
are broken after a dash or a slash, and at last anywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

NOT_AT_START = frozenset("、。，．：；！？”’）〕】》〉」』｝］〗%％℃°·…—～,.:;!?)]}>-~")
"""Closing marks, and marks that belong to what stands before them."""

NOT_AT_END = frozenset("“‘（〔【《〈「『｛［〖([{<#￥$")
"""Opening marks."""

SPLITS_A_WORD = frozenset("-/_.,~)")
"""After these a Latin word or a number is broken rather than elsewhere."""

TEXTS_KEPT = 64
"""Texts whose places to break are remembered: one is tried at many sizes."""

Line = tuple[int, int]
"""Start and end (one past) in the text."""


def _in_word(character: str) -> bool:
    """Whether the character is part of a Latin word or number."""
    return character.isascii() and not character.isspace()


def _mark_fits(before: str, after: str) -> bool:
    return after not in NOT_AT_START and before not in NOT_AT_END and not after.isspace()


@lru_cache(maxsize=TEXTS_KEPT)
def penalties(text: str, unbroken: tuple[str, ...] = ()) -> tuple[int, ...]:
    """For each place before a character: 0 may break, 1 inside a word, 2 worse, 3 forbidden.

    Place 0, the start of the text, is no break and has 3.
    """
    found = [3] * len(text)
    for place in range(1, len(text)):
        before, after = text[place - 1], text[place]
        if not _mark_fits(before, after):
            continue
        if _in_word(before) and _in_word(after):
            found[place] = 1 if before in SPLITS_A_WORD else 2
        else:
            found[place] = 0
    for word in unbroken:
        start = text.find(word)
        while start >= 0:
            for place in range(start + 1, start + len(word)):
                found[place] = max(found[place], 1)
            start = text.find(word, start + 1)
    return tuple(found)


def _best_end(start: int, furthest: int, costs: Sequence[int]) -> int:
    """The end of a line from `start` that reaches at most `furthest`."""
    for cost in (0, 1, 2, 3):
        for end in range(furthest, start, -1):
            if costs[end] <= cost:
                return end
    return furthest


def lines(
    text: str, advances: Sequence[int], limit: int, unbroken: tuple[str, ...] = ()
) -> list[Line]:
    """Fill lines of width `limit` one after the other; a space at a line's end may hang over.

    `advances` are the widths of the characters in the unit of `limit`. A character wider than
    `limit` gets a line of its own.
    """
    costs, found, start = penalties(text, unbroken), [], 0
    reached = [0, *accumulate(advances)]
    while start < len(text):
        end = bisect_right(reached, reached[start] + limit) - 1
        while end < len(text) and text[end].isspace():
            end += 1
        end = max(end, start + 1)
        if end < len(text):
            end = _best_end(start, end, costs)
        found.append((start, end))
        start = end
    return found
