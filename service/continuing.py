"""继续流程: a record that stopped goes on at the step that did not pass, as often as it takes.

What passed is not made again: no second code, no second collection. A process that died between two
steps leaves a record that is continued just the same.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from service import correcting
from service.correcting import Correction
from service.errors import Conflict, NotFound
from service.idempotency_changes import Bound, continuing
from service.installation import Installation
from service.issuing import Issued, answer
from service.ledger import Ledger
from service.pipeline import records, way
from service.pipeline.steps import ENDED, Stage
from service.register_rows import Reservation


def continue_record(
    installation: Installation,
    record_id: int,
    correction: Correction | None = None,
    bound: Bound | None = None,
) -> Issued:
    """Continue a record, with corrected data where its step allows that.

    `bound` is the idempotency key that this came with: the same again goes on where the first
    stopped, or is answered again.

    Raises:
        NotFound: there is no such record.
        Conflict: it did not fail: it is finished; it was given up; or the correction comes too
            late.
        Invalid: the corrected data have mistakes.
        StepFailed, SigningFailed: it stopped again; that is recorded.
    """
    words = continuing(record_id)

    def prepare(record: Reservation) -> None:
        if bound is not None and record.step != Stage.ABANDONED:
            with installation.database.read() as connection:
                if bound.taken(Ledger(connection), words):
                    return
        if record.step == Stage.FINISHED:
            raise Conflict("该记录已办成，没有失败的步骤可继续 (it did not fail: it is finished)")
        if record.step == Stage.ABANDONED:
            raise Conflict("该记录已放弃，不能继续 (it was given up)")
        if correction is not None:
            correcting.correct(installation, record, correction)
        if bound is not None:
            _take(installation, bound, words)

    done = way.go(installation, record_id, prepare)
    return answer(installation, done.license_id)


def _take(installation: Installation, bound: Bound, words: str) -> None:
    """Bind the key; the correction, if there is one, was taken.

    Raises:
        Conflict: somebody has used it for something else, just now.
    """
    try:
        with installation.database.write() as connection:
            bound.take(Ledger(connection), words)
    except IntegrityError:
        with installation.database.read() as connection:
            bound.taken(Ledger(connection), words)


def unfinished_record(installation: Installation, subject: str) -> int:
    """The record that a number, a licence identifier or a record's own number names.

    Of a certificate it is the newest that is not finished.

    Raises:
        NotFound: there is none.
        Conflict: all records of that certificate are finished.
    """
    if subject.isdecimal() and subject.isascii() and len(subject) < 10:
        return int(subject)
    with installation.database.read() as connection:
        found = records.of_subject(connection, subject)
    if not found:
        raise NotFound(f"未找到证书 “{subject[:80]}” (no such certificate)")
    open_ones = [record_id for record_id, step in found if step not in ENDED]
    if not open_ones:
        raise Conflict("该证书的记录都已办成，没有失败的步骤可继续 (nothing of it did fail)")
    return open_ones[-1]
