"""The platform's answers are read strictly, and its words are kept as they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platform.answers import (
    MAX_ANSWER_BYTES,
    MAX_RAW_CHARACTERS,
    MAX_WORD_CHARACTERS,
    MAX_WORDS,
    WAIT_S,
    Answer,
    Outcome,
    judge,
    read,
)
from service.platform.errors import PlatformGarbled


def body(code: Any, message: Any = "", **data: Any) -> bytes:
    """An answer of the platform."""
    found = {"ReturnCode": code, "ReturnMsg": message, "ReturnData": data}
    return json.dumps(found, ensure_ascii=False).encode()


def error(*words: str) -> list[dict[str, str]]:
    return [{"ErrorGuid": "x", "ErrorMsg": one} for one in words]


def warning(*words: str) -> list[dict[str, str]]:
    return [{"WarnGuid": "x", "WarnMsg": one} for one in words]


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (body("1", "成功"), Outcome.ACCEPTED, ("成功",)),
        (body("1"), Outcome.ACCEPTED, ()),
        (body(1, None), Outcome.ACCEPTED, ()),
        (b'{"ReturnCode":"1"}', Outcome.ACCEPTED, ()),
        (b'{"ReturnCode":"1","ReturnMsg":null,"ReturnData":null}', Outcome.ACCEPTED, ()),
        (body("2", "", WarnData=warning("请核对")), Outcome.WARNED, ("请核对",)),
        (body("2", "请核对"), Outcome.WARNED, ("请核对",)),
        (body("1", "", WarnData=warning("请核对")), Outcome.WARNED, ("请核对",)),
        (
            body("0", "失败", ErrorData=error("证书编号已存在", "证书编号已存在", "缺少字段")),
            Outcome.REFUSED,
            ("失败", "证书编号已存在", "缺少字段"),
        ),
        (body("0"), Outcome.REFUSED, ()),
        # What is refused in the list was not accepted, whatever stands above it.
        (body("1", "成功", ErrorData=error("缺少字段")), Outcome.REFUSED, ("成功", "缺少字段")),
        (body("0", "赋码操作太快，请稍后再试"), Outcome.WAIT, ("赋码操作太快，请稍后再试",)),
        (
            body("0", "失败", ErrorData=error("归集操作太快")),
            Outcome.WAIT,
            ("失败", "归集操作太快"),
        ),
        (
            body("0", "", ErrorData=error("归集操作太快", "缺少字段")),
            Outcome.REFUSED,
            ("归集操作太快", "缺少字段"),
        ),
        # A warning of haste is no refusal.
        (body("2", "", WarnData=warning("操作太快")), Outcome.WARNED, ("操作太快",)),
    ],
)
def test_an_answer_means_what_its_code_and_lists_say(
    answer: bytes, outcome: Outcome, words: tuple[str, ...]
) -> None:
    found = judge(answer)
    assert (found.outcome, found.words) == (outcome, words)
    assert found.raw == answer.decode()
    assert found.retry_after == (WAIT_S if outcome is Outcome.WAIT else None)
    assert found.passed == (outcome in (Outcome.ACCEPTED, Outcome.WARNED))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff\xfe",
        b"<html>502</html>",
        b"[]",
        b'"1"',
        b"null",
        b"{}",
        b'{"ReturnCode":"3"}',
        b'{"ReturnCode":true}',
        b'{"ReturnCode":1.0}',
        b'{"ReturnCode":["1"]}',
        b'{"ReturnCode":"0","ReturnCode":"1"}',
        b'{"ReturnCode":"1","x":NaN}',
        b'{"ReturnCode":"1","ReturnMsg":5}',
        b'{"ReturnCode":"1","ReturnData":[]}',
        b'{"ReturnCode":"1","ReturnData":{"SuccessData":{}}}',
        b'{"ReturnCode":"1","ReturnData":{"ErrorData":["x"]}}',
        b'{"ReturnCode":"1","ReturnData":{"WarnData":[{"WarnMsg":1}]}}',
        b'{"ReturnCode":"1","ReturnData":{"ErrorData":"x"}}',
        b"[" * 100_000,
        b'{"ReturnCode":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"ReturnCode":"1","x":"' + b"x" * MAX_ANSWER_BYTES + b'"}',
    ],
)
def test_what_is_no_answer_is_never_taken_for_one(answer: bytes) -> None:
    with pytest.raises(PlatformGarbled) as raised:
        judge(answer)
    assert len(raised.value.raw) <= MAX_RAW_CHARACTERS


def test_what_is_handed_out_is_given_as_it_came() -> None:
    row = {"eCertID": "x", "encryCertid": "00", "encryKey": "AA=="}
    assert read(body("1", SuccessData=[row])).success == (row,)


def test_words_that_no_database_holds_are_made_storable() -> None:
    found = judge(b'{"ReturnCode":"0","ReturnMsg":"a\\u0000b\\ud800c"}')
    assert found.words == ("a\ufffdb\ufffdc",)


def test_endless_words_are_cut() -> None:
    found = judge(body("0", "长" * 99_999, ErrorData=error(*map(str, range(999)))))
    assert len(found.words) == MAX_WORDS
    assert len(found.words[0]) == MAX_WORD_CHARACTERS
    assert len(found.raw) == MAX_RAW_CHARACTERS


@pytest.mark.parametrize(
    ("outcome", "words", "existing"),
    [
        (Outcome.REFUSED, ("证书编号已存在",), True),
        (Outcome.REFUSED, ("失败", "该数据已归集"), True),
        (Outcome.REFUSED, ("不存在",), False),
        (Outcome.WARNED, ("证书编号已存在",), False),
    ],
)
def test_a_refusal_as_existing_is_known_by_its_words(
    outcome: Outcome, words: tuple[str, ...], existing: bool
) -> None:
    assert Answer(outcome, words).says_existing is existing


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={"ErrorMsg": JSON, "WarnMsg": JSON, "eCertID": JSON})
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "ReturnCode": st.sampled_from(["0", "1", "2", 0, 1, 2]) | JSON,
            "ReturnMsg": st.text() | JSON,
            "ReturnData": st.fixed_dictionaries(
                {},
                optional={
                    "SuccessData": ROWS | JSON,
                    "WarnData": ROWS | JSON,
                    "ErrorData": ROWS | JSON,
                },
            ),
        },
    )
)
def test_any_json_is_an_answer_or_garbled(found: Any) -> None:
    try:
        answer = judge(json.dumps(found).encode())
    except PlatformGarbled as garbled:
        answer = Answer(Outcome.REFUSED, (), garbled.raw)
    for text in (*answer.words, answer.raw):
        assert "\0" not in text
        text.encode("utf-8")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_garbled(found: bytes) -> None:
    with pytest.raises(PlatformGarbled):
        judge(found)
