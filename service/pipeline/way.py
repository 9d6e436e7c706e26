"""Taking a record as far as it goes: one step after another, each outcome written down first.

With a platform each step is a transaction of its own, and before the platform is asked it is
written down that it will be: a process that dies before the answer is recorded leaves that note,
and whoever continues tells the platform that it may have been asked before. Without a platform
nothing happens outside, so what passes at once is written down with the next thing that is kept: a
new certificate's code, its files and its success in one transaction, since nobody has seen a code
before that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from service import clock, signing_step
from service.errors import (
    RETRY_LATER_S,
    RETRY_SOON_S,
    Conflict,
    Misconfigured,
    NotFound,
    SigningFailed,
)
from service.installation import Installation
from service.ledger import Ledger
from service.pipeline import making, steps
from service.pipeline.alone import alone
from service.pipeline.case import case_of, written_down
from service.pipeline.journal import Attempt
from service.pipeline.steps import ENDED, Kind, Move, Outcome, Stage, Step
from service.pipeline.stopping import Stopped, failure, standing
from service.pipeline.succession import must_be_replaceable, take_place
from service.platform.answers import Answer
from service.platform.answers import Outcome as Said
from service.platform.port import Case, Platform, PlatformGarbled, PlatformUnreachable
from service.register_rows import Reservation
from signing.errors import SigningError

Effect = Callable[[Ledger, Reservation], None]
"""What a step that passed changes in the register, with its outcome or not at all."""

_OUTCOMES: Mapping[Said, Outcome] = {
    Said.ACCEPTED: Outcome.PASSED,
    Said.WARNED: Outcome.WARNED,
    Said.REFUSED: Outcome.REFUSED,
    Said.WAIT: Outcome.WAIT,
}

KEPT_AT: Mapping[Kind, frozenset[Step]] = {
    Kind.NEW: frozenset({Step.COLLECTION}),
    # Once it has its code, the certificate before it can no longer be cancelled.
    Kind.REPLACE: frozenset({Step.CODING, Step.COLLECTION}),
    Kind.CANCEL: frozenset({Step.STATUS_CHANGE}),
}
"""The steps at which a transaction is made also where no platform is asked."""


def go(
    installation: Installation,
    record_id: int,
    prepare: Callable[[Reservation], None] | None = None,
    known: Reservation | None = None,
) -> Reservation:
    """Take a record as far as it goes; gives it as it stands then, finished.

    `prepare` is called first, while nobody else works on the record. `known` is the record as the
    caller has just seen it.

    Raises:
        StepFailed: a step did not pass; that is recorded, and the record can be continued.
        SigningFailed: a signature could not be made; likewise.
        Misconfigured: the record began with a platform that is no longer configured.
        Conflict: it is to replace a certificate that was cancelled meanwhile, or was given up.
    """
    record = known or read(installation, record_id)
    platform = platform_of(installation, record.platform)
    held: AbstractContextManager[None] = nullcontext()
    if platform.name != "none":
        held = alone(installation.database, installation.settings.home, record_id)
    with held:
        if prepare is not None:
            prepare(read(installation, record_id))
        if prepare is not None or platform.name != "none":  # it may stand elsewhere by now
            record = read(installation, record_id)
        done = _Way(installation, platform).run(record)
    if done.step == Stage.ABANDONED:
        raise Conflict("该记录已放弃 (it was given up meanwhile)")
    return done


def tell(
    installation: Installation,
    platform: Platform,
    record: Reservation,
    move: Move,
    call: Callable[[Case], Answer],
    **told: str,
) -> Attempt:
    """Ask the platform for what is no step of a record's own way; gives the attempt that passed.

    To be called while nobody else works on the record. What did not pass is written down, and what
    the record shows stays.

    Raises:
        StepFailed: it did not pass.
    """
    try:
        return _Way(installation, platform).ask(record, move.step, call, **told)
    except Stopped as stopped:
        began = steps.may_have_acted(record.began == move.step, stopped.attempt.outcome)
        with installation.database.write() as connection:
            Ledger(connection).stopped(record, stopped.attempt, None, began)
        failed = failure(record, move, stopped)
        failed.members = {**failed.members, "process": record.process_status}
        raise failed from stopped.__cause__


def read(installation: Installation, record_id: int) -> Reservation:
    """A record as it stands.

    Raises:
        NotFound: there is none with that number.
    """
    with installation.database.read() as connection:
        record = Ledger(connection).record(record_id)
    if record is None:
        raise NotFound(f"未找到办理记录 {record_id} (no such record)")
    return record


def platform_of(installation: Installation, name: str) -> Platform:
    """The platform that a certificate belongs to for ever: the one it was begun with.

    Raises:
        Misconfigured: it is not configured now.
    """
    if name == "none":
        from service.platform.own import OwnPlatform

        return OwnPlatform()
    if installation.platform.name != name:
        raise Misconfigured(
            f"该记录经由平台 {name} 办理，但当前未配置 (the platform is not configured)"
        )
    return installation.platform


class _Way:
    """One record's way, on one platform."""

    def __init__(self, installation: Installation, platform: Platform) -> None:
        self.installation = installation
        self.platform = platform
        self.outside = platform.name != "none"
        self.replaced: str | None = None
        self.attempts: list[Attempt] = []
        self.effects: list[Effect] = []
        self.code: str | None = None  # our own, until it is written down

    def run(self, record: Reservation) -> Reservation:
        """Step by step to the end."""
        self._look_at_replaced(record)
        stage = Stage(record.step)
        while (move := steps.next_move(record.kind, stage)) is not None:
            self._make(record, stage, move)
            stage = move.reached
            if self.outside or move.step in KEPT_AT[Kind(record.kind)]:
                record = self._keep(record, stage)
                stage = Stage(record.step)
        return record

    def _look_at_replaced(self, record: Reservation) -> None:
        """Learn which certificate was replaced, or is to be: then it must be there still."""
        if record.replaces_id is None or record.step in ENDED:
            return
        with self.installation.database.read() as connection:
            ledger = Ledger(connection)
            self.replaced = ledger.reservation(record.replaces_id).license_id
            if record.kind == Kind.REPLACE:
                must_be_replaceable(ledger, record.replaces_id)

    def _make(self, record: Reservation, stage: Stage, move: Move) -> None:
        """Try the step that follows a stage; what it did waits in `attempts` and `effects`.

        Raises:
            StepFailed, SigningFailed: it did not pass; that is recorded.
        """
        started = clock.now()
        try:
            attempt, effect = _STEPS[move.step](self, record)
        except Stopped as stopped:
            before = record.began == move.step
            began = steps.may_have_acted(before, stopped.attempt.outcome)
            waiting = stopped.attempt.outcome is Outcome.WAIT
            record = self._kept_so_far(record, stage)
            with self.installation.database.write() as connection:
                shown = None if waiting else move.failure
                Ledger(connection).stopped(record, stopped.attempt, shown, began)
            raise failure(record, move, stopped) from stopped.__cause__
        except SigningError as error:
            failed = Attempt(move.step, started, clock.now(), Outcome.FAILED, answer=str(error))
            record = self._kept_so_far(record, stage)
            with self.installation.database.write() as connection:
                ledger = Ledger(connection)
                ledger.stopped(record, failed, None, record.began == move.step)
                ledger.signing_failed(record, signing_step.detail(error), clock.now())
            raise SigningFailed(
                error, "证书已登记，尚未签发 (reserved, not issued)", standing(record)
            ) from error
        self.attempts.append(attempt)
        if effect is not None:
            self.effects.append(effect)

    def _kept_so_far(self, record: Reservation, stage: Stage) -> Reservation:
        """Write down what was made before a step failed; gives the record as it stands then.

        Where another process was quicker, nothing can be written of it as we knew it.
        """
        if not self.effects:
            return record
        kept = self._keep(record, stage)
        return kept if kept.step == stage else record

    def _keep(self, record: Reservation, stage: Stage) -> Reservation:
        """Write down what waits; gives the record as it stands then.

        Where another process was quicker its outcome stands and ours is forgotten: it was the same.

        Raises:
            Conflict: the data were corrected meanwhile, so ours was made of others; nothing of it
                is written down.
        """
        with self.installation.database.write() as connection:
            ledger = Ledger(connection)
            if advanced := ledger.advance(record, stage, self.attempts):
                for effect in self.effects:
                    effect(ledger, record)
            kept = ledger.record(record.record_id)
            if kept is None:
                raise LookupError(f"no record {record.record_id}")
            if advanced and kept.dataset != record.dataset:
                raise Conflict("该记录的数据已更正 (its data were corrected meanwhile)")
        self.attempts, self.effects = [], []
        return kept

    def coded(self, record: Reservation) -> Reservation:
        """The record with its code, written down or not."""
        return record if record.code else replace(record, code=self.code)

    def ask(
        self, record: Reservation, step: Step, call: Callable[[Case], Answer], **told: str
    ) -> Attempt:
        """Ask the platform; gives the attempt that passed.

        Raises:
            Stopped: it did not pass.
        """
        case = case_of(record, self.replaced, sent_before=record.began == step)
        request = written_down(case, **told) if self.outside else ""
        if self.outside and step is not Step.CHECK:  # checking changes nothing
            with self.installation.database.write() as connection:
                if not Ledger(connection).begin(record, step):
                    raise Conflict("该记录正在办理中 (somebody else works on this record)")
        started = clock.now()

        def attempt(outcome: Outcome, answer: str, words: tuple[str, ...] = ()) -> Attempt:
            return Attempt(step, started, clock.now(), outcome, request, answer, words)

        try:
            answer = call(case)
        except PlatformUnreachable as error:
            outcome = Outcome.UNKNOWN if error.may_have_acted else Outcome.UNREACHABLE
            retry = RETRY_SOON_S if error.retryable else RETRY_LATER_S
            raise Stopped(attempt(outcome, str(error)), retry) from error
        except PlatformGarbled as error:
            raise Stopped(attempt(Outcome.GARBLED, error.raw or str(error))) from error
        made = attempt(_OUTCOMES[answer.outcome], answer.raw, answer.words)
        if not made.passed:
            raise Stopped(made, answer.retry_after)
        return made


_Made = tuple[Attempt, Effect | None]


def _check(way: _Way, record: Reservation) -> _Made:
    return way.ask(record, Step.CHECK, way.platform.check), None


def _coding(way: _Way, record: Reservation) -> _Made:
    """Our own code first, since only that can be made as often as one likes."""
    own = making.own_code(way.installation, record)
    coded = []

    def call(case: Case) -> Answer:
        coded.append(way.platform.code(case))
        return coded[-1].answer

    attempt = way.ask(record, Step.CODING, call)
    given = coded[-1] if way.outside else None
    way.code = own
    return attempt, lambda ledger, r: ledger.set_code(r, own, given, clock.now())


def _press(way: _Way, record: Reservation) -> _Made:
    started = clock.now()
    documents = making.kept(way.installation, making.pair_of(way.installation, way.coded(record)))
    attempt = Attempt(Step.PRESS, started, clock.now(), Outcome.PASSED)
    return attempt, lambda ledger, r: ledger.add_documents(r, documents, clock.now())


def _persons(way: _Way, record: Reservation) -> _Made:
    attempt = way.ask(record, Step.PERSONS, lambda case: way.platform.persons(case, add=True))
    return attempt, None


def _collection(way: _Way, record: Reservation) -> _Made:
    code_id, url = record.platform_code_id or "", way.coded(record).code or ""
    attempt = way.ask(
        record,
        Step.COLLECTION,
        lambda case: way.platform.collect(case, code_id, url),
        code_id=code_id,
        preview_url=url,
    )
    return attempt, _finish


def _finish(ledger: Ledger, record: Reservation) -> None:
    """The certificate is valid from its date on; one that replaces another, from this moment on."""
    now = clock.now()
    if record.kind == Kind.REPLACE:
        take_place(ledger, record, now)
        ledger.finish(record, now, now)
    else:
        ledger.finish(record, clock.beginning(record.issued_on), now)


def _persons_cancel(way: _Way, record: Reservation) -> _Made:
    attempt = way.ask(
        record, Step.PERSONS_CANCEL, lambda case: way.platform.persons(case, add=False)
    )
    return attempt, None


def _status_change(way: _Way, record: Reservation) -> _Made:
    attempt = way.ask(
        record,
        Step.STATUS_CHANGE,
        lambda case: way.platform.change_status(case, record.reason),
        reason=record.reason,
    )
    return attempt, lambda ledger, r: ledger.finish_cancelling(r, clock.now())


_STEPS: Mapping[Step, Callable[[_Way, Reservation], _Made]] = {
    Step.CHECK: _check,
    Step.CODING: _coding,
    Step.PRESS: _press,
    Step.PERSONS: _persons,
    Step.COLLECTION: _collection,
    Step.PERSONS_CANCEL: _persons_cancel,
    Step.STATUS_CHANGE: _status_change,
}
