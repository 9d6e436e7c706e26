"""Attacks and oddities that others collected: none is ever `valid`, none takes us down.

The collections are not part of this repository: the demonstrations of shadow attacks
(RUB-NDS/pdf-attacker) and the validation samples of EU DSS (esig/dss). `SEALPRESS_CORPORA` names a
folder with any PDFs and OFDs below it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import genuine
import pytest
import stage

from verify.verdict import Word

FOLDER = os.environ.get("SEALPRESS_CORPORA")
FILES = sorted(
    path for kind in ("*.pdf", "*.ofd") for path in (Path(FOLDER).rglob(kind) if FOLDER else ())
)

pytestmark = pytest.mark.skipif(
    not FILES,
    reason="needs RUB-NDS/pdf-attacker or esig/dss below the folder SEALPRESS_CORPORA",
)

SECONDS = 10
"""More than any of them takes on a busy machine; the public side gives an upload fewer."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-60:])
def test_no_file_of_a_collection_is_valid(path):
    data, anchors = path.read_bytes(), genuine.house().anchors
    began = time.monotonic()
    verdicts = stage.online(data, anchors), stage.offline(data, anchors)
    assert time.monotonic() - began < SECONDS
    for verdict in verdicts:
        assert verdict.verdict in {Word.UNKNOWN, Word.UNREADABLE, Word.ALTERED}
        assert not any("unexpected" in check.reason for check in verdict.checks), verdict.checks
