"""Which status list answers offline: each for its own, none twice, and no older one put back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signing import jws, status_list, status_list_cwt
from signing.errors import MalformedStatusList
from signing.status_list import StatusList
from verify import decide, held_lists, list_files
from verify.held_lists import Held
from verify.verdict import Verdict, Word

OTHER = "11210100MB0000002X"
HOUR = timedelta(hours=1)


def content(
    world: Any,
    authority: str | None = None,
    issued: Iterable[int] = (),
    cancelled: Iterable[int] = (),
    old: timedelta = HOUR,
    sequence: int = 1,
) -> status_list.Content:
    return status_list.content(
        cancelled,
        64,
        uri=f"{world.base_url}/trust/x",
        sequence=sequence,
        issued_at=world.now - old,
        authority=authority,
        issued=None if authority is None else issued,
    )


def listed(world: Any, *arguments: Any, **more: Any) -> StatusList:
    return status_list.opened(content(world, *arguments, **more), "list")


def code(world: Any, *lists: StatusList) -> Verdict:
    return decide.code(
        world.code(world.crane),
        register=None,
        anchors=world.anchors,
        status_list=Held(lists),
        base_url=world.base_url,
        at=world.now,
        now=world.now,
    )


@pytest.fixture
def place(world: Any) -> int:
    index: int = world.crane.status_index
    return index


@pytest.fixture
def uscc(world: Any) -> str:
    found: str = world.crane.authority_code
    return found


def test_the_list_of_its_authority_answers_for_a_code(world: Any, place: int, uscc: str) -> None:
    assert code(world, listed(world, uscc, [place])).verdict is Word.VALID
    cancelled = code(world, listed(world, uscc, [place], [place]))
    assert cancelled.verdict is Word.CANCELLED
    assert cancelled.status.listed is not None
    assert cancelled.status.listed.authority == uscc


def test_the_list_of_another_authority_says_nothing_of_it(world: Any, place: int) -> None:
    found = code(world, listed(world, OTHER, [place + 1], [place + 1]))
    assert found.verdict is Word.UNKNOWN
    assert "do not speak of it" in found.reason


def test_a_file_is_answered_for_by_its_own_authority_only(world: Any, place: int) -> None:
    wrong = Held((listed(world, OTHER, [place]),))
    found = held_lists.status_of(wrong, place, world.crane.authority_code, world.now, world.now)
    assert found.status.state is None
    found = held_lists.status_of(wrong, place, OTHER, world.now, world.now)
    assert found.status.state == "valid"


def test_cancelled_is_for_ever_whichever_list_is_newer(world: Any, place: int, uscc: str) -> None:
    of_all, own = listed(world, old=HOUR), listed(world, uscc, [place], [place], old=2 * HOUR)
    assert code(world, of_all, own).verdict is Word.CANCELLED
    assert code(world, own, of_all).verdict is Word.CANCELLED


def test_the_newest_usable_list_is_the_one_that_is_told(world: Any, place: int, uscc: str) -> None:
    lists = [
        listed(world, old=3 * HOUR, sequence=3),
        listed(world, uscc, [place], old=HOUR, sequence=4),
        listed(world, uscc, [place], [place], old=timedelta(days=30), sequence=2),
        listed(world, uscc, [place], old=-2 * HOUR, sequence=5),
    ]
    found = code(world, *lists)
    assert found.verdict is Word.VALID
    assert found.status.listed is not None
    assert found.status.listed.sequence == 4


def test_what_is_too_old_or_from_the_future_makes_nothing_valid(world: Any) -> None:
    for old in (timedelta(days=8), -HOUR):
        found = code(world, listed(world, old=old))
        assert found.verdict is Word.UNKNOWN
        assert found.status.listed is not None
    assert "已签发8天，已过旧" in code(world, listed(world, old=timedelta(days=8))).reason


@pytest.mark.parametrize(
    ("old", "words", "english"),
    [
        (timedelta(seconds=5), "列表刚刚签发", "just signed"),
        (timedelta(minutes=1), "列表已签发1分钟", "1 minute old"),
        (timedelta(hours=5), "列表已签发5小时", "5 hours old"),
        (timedelta(days=2), "列表已签发2天，其后的注销不在其中", "2 days old: later"),
    ],
)
def test_the_age_is_told_in_words(world: Any, old: timedelta, words: str, english: str) -> None:
    reason = code(world, listed(world, old=old)).reason
    assert words in reason
    assert english in reason


# --- as files -----------------------------------------------------------------------------------


class Folder:
    """A trust folder into which lists are put."""

    def __init__(self, world: Any, path: Path) -> None:
        self.world, self.path = world, path
        self.key = world.list_key
        self.keys = {jws.base64url(self.key.kid): self.key.public_key}

    def put(self, form: str, authority: str | None, name: str | None = None, **more: Any) -> None:
        made = content(self.world, authority, **more)
        path = self.path / (name or list_files.path_of(authority, form))
        path.parent.mkdir(exist_ok=True)
        if form == ".jwt":
            path.write_text(status_list.sign(made, self.key) + "\n")
        else:
            path.write_bytes(status_list_cwt.sign(made, self.key))

    def read(self) -> Held:
        return list_files.read(self.path, self.keys)


@pytest.fixture
def folder(world: Any, tmp_path: Path) -> Folder:
    return Folder(world, tmp_path)


@pytest.mark.parametrize("form", list_files.FORMS)
def test_lists_are_read_in_either_form(folder: Folder, form: str) -> None:
    folder.put(form, None)
    folder.put(form, OTHER, issued=[2], sequence=9)
    found = folder.read()
    assert [(one.authority, one.sequence) for one in found.lists] == [(None, 1), (OTHER, 9)]
    assert not found.refused


def test_an_older_list_put_back_is_refused(folder: Folder, world: Any) -> None:
    for authority in (None, OTHER):
        folder.put(".jwt", authority, sequence=5)
    assert list_files.remember(folder.path, folder.read())
    folder.put(".jwt", None, sequence=4)
    found = folder.read()
    assert [one.authority for one in found.lists] == [OTHER]
    assert "序号 4 低于见过的 5" in found.refused[0]
    assert list_files.remember(folder.path, found)
    folder.put(".jwt", None, sequence=5)
    assert len(folder.read().lists) == 2
    verdict = decide.code(
        world.code(world.crane),
        register=None,
        anchors=world.anchors,
        status_list=Held((), found.refused),
        base_url=world.base_url,
        at=world.now,
        now=world.now,
    )
    assert verdict.verdict is Word.UNKNOWN
    assert "an older list put back" in verdict.reason


def test_the_other_form_cannot_bring_an_older_list_back(folder: Folder) -> None:
    folder.put(".jwt", None, sequence=5)
    list_files.remember(folder.path, folder.read())
    (folder.path / "status-list.jwt").unlink()
    folder.put(".cwt", None, sequence=4)
    assert not folder.read().lists


def test_what_was_seen_is_kept_whichever_lists_come_after(folder: Folder) -> None:
    folder.put(".jwt", None, sequence=5)
    list_files.remember(folder.path, folder.read())
    (folder.path / "status-list.jwt").unlink()
    folder.put(".jwt", OTHER, sequence=2)
    list_files.remember(folder.path, folder.read())
    kept = json.loads((folder.path / list_files.SEEN).read_text())
    assert kept["sequences"] == {"": 5, OTHER: 2}


@pytest.mark.parametrize("kept", ["", "{}", '{"sequences": []}', '{"sequences": {"": "5"}}'])
def test_a_broken_memory_lets_no_list_pass(folder: Folder, kept: str) -> None:
    folder.put(".jwt", None)
    (folder.path / list_files.SEEN).write_text(kept)
    with pytest.raises(MalformedStatusList, match="seen before"):
        folder.read()


def test_a_list_under_another_authoritys_name_is_refused(folder: Folder, uscc: str) -> None:
    folder.put(".jwt", OTHER, name=f"status/{uscc}.jwt")
    folder.put(".jwt", OTHER, name="status-list.jwt")
    found = folder.read()
    assert not found.lists
    assert all("put here under another name" in reason for reason in found.refused)
    assert len(found.refused) == 2


def test_a_sound_form_counts_where_the_other_is_broken(folder: Folder) -> None:
    folder.put(".cwt", None)
    (folder.path / "status-list.jwt").write_bytes(b"\xff")
    found = folder.read()
    assert len(found.lists) == 1
    assert not found.refused
    (folder.path / "status-list.cwt").write_bytes(b"\xff")
    assert len(folder.read().refused) == 2


def test_a_folder_that_cannot_be_written_is_told(folder: Folder) -> None:
    folder.put(".jwt", None)
    found = folder.read()
    assert not list_files.remember(folder.path / "missing", found)
