"""The national platform over HTTP: token, pace, tries, and what its answers bring.

    POST {url}/{method}?access_token=…   {"AcceptData": [{…}]}

A call is tried several times where that may help, with the same data under the same identifier. If
an earlier try may have acted and the platform then says "已存在", it has what we sent: success.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from service.platform import answers, entries, link, secret_code
from service.platform.answers import WAIT_S, Answer, Outcome, Reply
from service.platform.errors import PlatformGarbled, PlatformUnreachable
from service.platform.pace import MAX_QUEUE_S, Pace
from service.platform.port import Case, Coded
from service.platform.tokens import Tokens
from service.platform.vocabulary import Call, NoVocabulary, Vocabulary, of_type
from service.platform_settings import PlatformSettings

JSON = "application/json; charset=utf-8"

FIRST_PAUSE_S = 1.0
"""Seconds before the second try, give or take a quarter; each further pause is twice as long."""

MAX_CALL_S = 20.0
"""Longest time for all tries of a call: the HTTP service gives up a request after 30 seconds."""

MIN_TRY_S = 2.0
"""A try is not begun with less time left, in seconds: it would be given up while it acts."""

_PASSING = frozenset({408, 425})
"""Statuses of 400 to 499 that may be others in a moment (RFC 9110, RFC 8470)."""

_NO_TOKEN_WORDS = ("失效", "无效", "过期", "expired", "invalid")
"""With "token" in the same sentence: the platform no longer takes it."""


class NationalPlatform:
    """The platform of some settings; may be used by several threads."""

    def __init__(
        self,
        settings: PlatformSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._clock, self._sleep = settings, clock, sleep
        self._tokens = Tokens(settings, clock)
        self._pace = Pace(settings.calls_before_pause, settings.pause_s, clock)

    @property
    def name(self) -> str:
        """What the interface calls it."""
        return "national"

    def check(self, case: Case) -> Answer:
        """校验; "已存在" is a refusal whatever came before: checking leaves nothing behind."""
        words = _words(case)
        entry = entries.check(case, words, self._settings.province)
        return self._call(words, Call.CHECK, entry, may_have_acted=None).answer

    def code(self, case: Case) -> Coded:
        """赋码; the same data bring the same code again."""
        words = _words(case)
        key = secret_code.province_key(self._settings.private_key_file)
        entry = entries.code(case, words, self._settings.province)
        reply = self._call(words, Call.CODING, entry, may_have_acted=None)
        name = words.fields["ecert_id"]
        row = next((one for one in reply.success if one.get(name) == entry[name]), None)
        answer = reply.answer
        if answer.says_existing and row is not None:
            # Refused as existing, but with the code of our very data: that is what was asked for.
            answer = replace(answer, outcome=Outcome.WARNED)
        if not answer.passed:
            return Coded(answer, entry[name])
        code = _code(row, answer, key)
        return Coded(answer, entry[name], code_id=code, qr_content=code)

    def persons(self, case: Case, add: bool) -> Answer:
        """新增证照人员信息, 注销证照人员信息."""
        words = _words(case)
        entry = entries.persons(case, words, self._settings.province, add)
        call = Call.PERSONS if add else Call.PERSONS_CANCEL
        return self._call(words, call, entry, case.sent_before).answer

    def collect(self, case: Case, code_id: str, preview_url: str) -> Answer:
        """归集."""
        words = _words(case)
        entry = entries.collect(case, words, code_id, preview_url)
        return self._call(words, Call.COLLECTION, entry, case.sent_before).answer

    def change_status(self, case: Case, reason: str) -> Answer:
        """证书状态变更, to cancelled."""
        words = _words(case)
        entry = entries.status(case, words, self._settings.province, reason)
        return self._call(words, Call.STATUS_CHANGE, entry, case.sent_before).answer

    def correct(self, case: Case, changed: Mapping[str, str]) -> Answer:
        """关键信息更正; raises ValueError where the platform knows no such field."""
        words = _words(case)
        entry = entries.correct(case, words, changed)
        return self._call(words, Call.CORRECTION, entry, case.sent_before).answer

    def _call(
        self, words: Vocabulary, call: Call, entry: Mapping[str, Any], may_have_acted: bool | None
    ) -> Reply:
        """The answer to a call, after as many tries as it takes and there are.

        `may_have_acted` None: to that call "已存在" never means what we sent ourselves.
        """
        until = self._clock() + MAX_CALL_S
        body = json.dumps({"AcceptData": [entry]}, ensure_ascii=False).encode("utf-8")
        method, acted, pause = words.methods[call], bool(may_have_acted), FIRST_PAUSE_S
        for left in reversed(range(self._settings.tries)):
            try:
                reply = self._once(method, body, until)
            except (PlatformUnreachable, PlatformGarbled) as error:
                acted = acted or error.may_have_acted
                if not left or not error.retryable or self._too_late(until, pause):
                    raise _told(error, acted) from None
            else:
                if reply.answer.outcome is not Outcome.WAIT:
                    return _as_sent(reply) if may_have_acted is not None and acted else reply
                # What the platform asks for counts, but words without a time are tried soon.
                asked = reply.answer.retry_after or WAIT_S
                if not left or asked > WAIT_S or self._too_late(until, pause):
                    return _waiting(reply, acted=acted and not may_have_acted)
            self._sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads load
            pause *= 2
        raise AssertionError("there is one try at least")

    def _too_late(self, until: float, pause: float) -> bool:
        return self._clock() + pause * 1.25 + MIN_TRY_S > until

    def _once(self, method: str, body: bytes, until: float) -> Reply:
        wait = self._pace.take()
        if wait > MAX_QUEUE_S or self._clock() + wait >= until:
            # Not the platform's words, so none are given; it has not been asked.
            return Reply(Answer(Outcome.WAIT, retry_after=math.ceil(wait)), ())
        if wait > 0:
            self._sleep(wait)
        token = self._tokens.token(self._time(until))
        answer = self._posted(method, body, token, until)
        if _token_refused(answer):
            self._tokens.forget(token)
            answer = self._posted(method, body, self._tokens.token(self._time(until)), until)
            if _token_refused(answer):
                raise _failed("平台不接受令牌 (its own token is refused)", retryable=False)
        return _reply(answer)

    def _posted(self, method: str, body: bytes, token: str, until: float) -> link.HttpAnswer:
        return link.post(
            f"{self._settings.url}/{method}",
            {"access_token": token},
            JSON,
            body,
            timeout_s=self._time(until),
            ca=self._settings.ca,
        )

    def _time(self, until: float) -> float:
        """The seconds that one exchange may take."""
        return max(min(self._settings.timeout_s, until - self._clock()), 0.1)


def _words(case: Case) -> Vocabulary:
    try:
        return of_type(case.type, case.layout_version)
    except NoVocabulary as error:
        raise _failed(str(error), retryable=False) from None


def _reply(answer: link.HttpAnswer) -> Reply:
    status = answer.status
    if status == 200:
        return answers.read(answer.content)
    if status == 429:
        wait = WAIT_S if answer.retry_after is None else answer.retry_after
        raw = answers.shown(answer.content)
        return Reply(Answer(Outcome.WAIT, raw=raw, retry_after=wait), ())
    raise PlatformUnreachable(
        f"平台返回 HTTP {status} (its answer)",
        retryable=status >= 500 or status in _PASSING,
        # Whoever stands before the platform may answer 5xx for it while it acts.
        may_have_acted=status >= 500,
    )


def _token_refused(answer: link.HttpAnswer) -> bool:
    """Whether the platform takes the token no more; it has not acted then."""
    if answer.status != 200:
        return answer.status == 401
    try:
        found = answers.judge(answer.content)
    except PlatformGarbled:
        return False
    return found.outcome is Outcome.REFUSED and any(
        "token" in one and any(word in one for word in _NO_TOKEN_WORDS)
        for one in map(str.lower, found.words)
    )


def _code(row: Mapping[str, Any] | None, answer: Answer, key: RSAPrivateKey) -> str:
    """The code in what was handed out for our data; raises PlatformGarbled where nothing was."""
    if row is None:
        reason = "平台返回的赋码与所报数据不对应 (it assigns no code to what was sent)"
        raise PlatformGarbled(reason, answer.raw)
    try:
        return secret_code.opened(row.get("encryCertid"), row.get("encryKey"), key)
    except PlatformGarbled as error:
        raise PlatformGarbled(error.reason, answer.raw) from None


def _as_sent(reply: Reply) -> Reply:
    """After a try that may have acted: "已存在" says that it has."""
    if not reply.answer.says_existing:
        return reply
    return replace(reply, answer=replace(reply.answer, outcome=Outcome.WARNED))


def _waiting(reply: Reply, *, acted: bool) -> Reply:
    """A wait, unless a try of this very call may have acted: that must not be forgotten."""
    if not acted:
        return reply
    reason = "；".join(reply.answer.words) or "平台要求稍后再试 (it asks to wait)"
    raise PlatformUnreachable(reason, retryable=True, may_have_acted=True)


def _told(
    error: PlatformUnreachable | PlatformGarbled, acted: bool
) -> PlatformUnreachable | PlatformGarbled:
    if isinstance(error, PlatformGarbled):
        return error
    return PlatformUnreachable(error.reason, retryable=error.retryable, may_have_acted=acted)


def _failed(reason: str, *, retryable: bool) -> PlatformUnreachable:
    return PlatformUnreachable(reason, retryable=retryable, may_have_acted=False)
