"""Forgers who can write into the register, but have no key: no forgery becomes `valid` by it.

Each forged file is entered as the one that was issued, with the data set that serves the forger
best, recorded when it serves him best.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import genuine
import ofd_forgeries
import pdf_forgeries
import pytest
import stage
from sealing_parties import signs_anything  # noqa: F401 - a forger's program signs anything

from verify import dataset, decide, proof
from verify.errors import MalformedDataSet
from verify.register import Entry
from verify.verdict import Word

FORGERIES = [*pdf_forgeries.FORGERIES, *ofd_forgeries.FORGERIES]


@pytest.fixture(scope="module", autouse=True)
def _genuine_first():
    """Honest files by the honest program, before it is taught to sign anything."""
    return genuine.genuine_pdf(), genuine.genuine_ofd(), genuine.house()


class Written:
    """A register with one entry, whatever is asked for."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    def by_license_id(self, license_id: str) -> Entry | None:
        return self.entry if license_id == self.entry.license_id else None

    def by_document(self, sha256: str) -> Entry | None:
        return self.entry if sha256 in (self.entry.pdf_sha256, self.entry.ofd_sha256) else None


def entry_for(made: bytes, carried: bytes) -> Entry:
    """An entry that says of the file that it was issued long ago, with that data set."""
    digest, found = hashlib.sha256(made).hexdigest(), dataset.parse(carried)
    return replace(
        stage.entry(),
        pdf_sha256=digest,
        ofd_sha256=digest,
        dataset=carried,
        license_id=found.license_id,
        number=found.number,
        face=found.face,
        recorded_at=genuine.FOUNDED + timedelta(seconds=1),
    )


def carried_by(made: bytes, anchors) -> set[bytes]:
    """The genuine data set, and the one that is found in the file, if it is a sound one."""
    found = {genuine.DATASET, proof.examined(made, anchors, genuine.NOW, None, True).dataset}
    return {one for one in found if one is not None and is_sound(one)}


def is_sound(data: bytes) -> bool:
    try:
        dataset.parse(data)
    except MalformedDataSet:
        return False
    return True


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forgery_that_the_register_has_is_not_valid(forgery):
    made, anchors = forgery.make(), forgery.anchors()
    for carried in carried_by(made, anchors):
        verdict = decide.file(
            made,
            register=Written(entry_for(made, carried)),
            anchors=anchors,
            at=genuine.NOW,
            now=genuine.NOW,
        )
        assert verdict.verdict is not Word.VALID
