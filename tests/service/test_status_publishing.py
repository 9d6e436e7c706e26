"""Status lists are signed where the keys are, kept as files, and never go back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock, replacing, status_publishing
from service.app import create_app
from service.cancelling import cancel
from service.cli import main
from service.installation import Installation
from service.issuing import Issued, issue
from service.public_side import PublicInstallation
from service.request import Request
from service.work import jobs, sweep
from service.work.doing import do
from signing import trust
from signing.errors import CannotSign
from signing.status_list import StatusList
from verify import list_files

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("at_home")


@pytest.fixture
def uscc(issued: Issued) -> str:
    return issued.entry.authority_code


def lists(installation: Installation) -> dict[str | None, StatusList]:
    """The kept lists by authority, read as somebody offline reads them."""
    folder = status_publishing.folder_of(installation)
    found = list_files.read(folder, installation.anchors().list_keys)
    assert not found.refused
    return {one.authority: one for one in found.lists}


def work(installation: Installation, now: datetime) -> list[str]:
    """Do what is due; gives the kinds of what was done."""
    taken = jobs.take(installation.database, now, limit=20)
    for job in taken:
        do(installation, job)
    return [job.kind for job in taken]


def soon() -> datetime:
    """When what was gathered until now is signed."""
    return clock.now() + status_publishing.GATHERED


def test_many_cancelled_at_once_are_signed_once(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    for name in ("01", "02", "03"):
        cancel(installation, issue(installation, request_of(name)).entry, "设备已拆卸")
    authorities = installation.register.issuing_authorities()
    signed = work(installation, soon()).count(status_publishing.CHANGED)
    assert signed == len(authorities) + 1
    places = installation.register.status_places(None, clock.now()).cancelled
    assert len(places) == 3
    assert all(lists(installation)[None].get(place) for place in places)


def test_a_cancelling_is_in_the_lists_once_its_job_is_done(
    installation: Installation, issued: Issued, uscc: str
) -> None:
    status_publishing.refresh(installation, clock.now())
    before = lists(installation)
    place = issued.entry.status_index
    assert not before[None].get(place)
    assert not before[uscc].get(place)
    cancel(installation, issued.entry, "设备已拆卸")
    assert status_publishing.CHANGED not in work(installation, clock.now())
    assert work(installation, soon()).count(status_publishing.CHANGED) == 2
    after = lists(installation)
    for whose in (None, uscc):
        assert after[whose].get(place)
        assert after[whose].sequence > before[whose].sequence


def test_a_certificate_that_was_replaced_is_in_the_lists(
    installation: Installation, issued: Issued, uscc: str
) -> None:
    wanted = replacing.read({"face": {"model": "QTZ63"}, "reason": "照面信息变更"})
    newer = replacing.replace(installation, issued.entry, wanted)
    work(installation, soon())
    found = lists(installation)[uscc]
    assert found.get(issued.entry.status_index)
    assert not found.get(newer.entry.status_index)


def test_lists_are_renewed_before_they_are_due_and_not_sooner(
    installation: Installation, issued: Issued, uscc: str
) -> None:
    now = clock.now()
    status_publishing.refresh(installation, now)
    first = lists(installation)
    assert set(first) == {None, uscc}
    status_publishing.refresh(installation, now + timedelta(minutes=40))
    assert lists(installation) == first
    status_publishing.refresh(installation, now + timedelta(minutes=51))
    second = lists(installation)
    for whose, one in second.items():
        assert one.sequence > first[whose].sequence
        assert one.issued_at < first[whose].next_update


def test_a_sequence_never_falls_even_if_the_clock_does(
    installation: Installation, issued: Issued, uscc: str
) -> None:
    now = clock.now()
    for moment in (now, now, now - timedelta(days=2)):
        before = lists(installation)
        status_publishing.publish(installation, moment, [uscc])
        for whose, one in lists(installation).items():
            assert one.issued_at == moment.replace(microsecond=0).astimezone(UTC)
            assert whose not in before or one.sequence > before[whose].sequence
    status_publishing.refresh(installation, now - timedelta(days=30))
    assert lists(installation)[None].issued_at == (now - timedelta(days=30)).replace(microsecond=0)


def test_a_form_that_was_lost_is_made_again(installation: Installation, issued: Issued) -> None:
    now = clock.now()
    status_publishing.refresh(installation, now)
    sequence = lists(installation)[None].sequence
    folder = status_publishing.folder_of(installation)
    (folder / "status-list.cwt").unlink()
    (folder / "status-list.jwt").write_text("rubbish" * 9)
    status_publishing.refresh(installation, now)
    assert lists(installation)[None].sequence >= sequence
    assert (folder / "status-list.cwt").exists()


def test_lists_of_a_revoked_key_are_signed_anew(installation: Installation, issued: Issued) -> None:
    now = clock.now()
    status_publishing.refresh(installation, now)
    first = lists(installation)[None]
    assert main(["keys", "rotate", "status-list-signer", "--overlap", "0"]) == 0
    reason = ["--reason", "keyCompromise"]
    assert main(["keys", "revoke", "status-list-signer-1", *reason]) == 0
    assert lists(installation)[None].kid != first.kid


def test_an_authority_that_only_reserved_has_an_empty_list(
    installation: Installation, issued: Issued
) -> None:
    places = installation.register.status_places(None, clock.now())
    assert places.issued is None
    nobody = installation.register.status_places("11210100MB0000002X", clock.now())
    assert (nobody.cancelled, nobody.issued) == ([], [])


def test_a_certificate_on_its_way_is_in_no_list_of_its_authority(
    installation: Installation,
    request_of: Callable[..., Request],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = issue(installation, request_of("01")).entry
    monkeypatch.setattr(installation, "authority_seal", _broken)
    with pytest.raises(Exception, match="no seal"):
        issue(installation, request_of("01", number="450100T(2024)0000077"))
    places = installation.register.status_places(done.authority_code, clock.now())
    assert places.issued == [done.status_index]


def _broken(*_: object) -> None:
    raise CannotSign("no seal")


def test_who_works_signs_first_and_then_again_and_again(
    installation: Installation, issued: Issued
) -> None:
    sweep.begin(installation)
    now = clock.now()
    assert status_publishing.RENEWAL in work(installation, now)
    assert None in lists(installation)
    assert status_publishing.RENEWAL not in work(installation, now + timedelta(seconds=60))
    again = now + status_publishing.LOOKED_AFTER + timedelta(seconds=60)
    assert status_publishing.RENEWAL in work(installation, again)


def test_a_public_side_without_keys_serves_what_was_kept(
    installation: Installation, issued: Issued, uscc: str
) -> None:
    sweep.begin(installation)
    work(installation, clock.now())
    apart = PublicInstallation.open(installation.settings.home)
    client = create_app(apart, "public").test_client()
    try:
        for name in ("status-list.jwt", f"status/{uscc}.jwt", f"status/{uscc}.cwt"):
            answer = client.get(f"/trust/{name}")
            kept = status_publishing.folder_of(installation) / name
            assert answer.data == kept.read_bytes()
        told = client.get("/trust/status-lists.json").get_json()["lists"]
        assert [one["authority"] for one in told] == [None, uscc]
        assert {one["freshness"] for one in told} == {"fresh"}
    finally:
        apart.database.close()


# --- offline, from the command line -------------------------------------------------------------


def run(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def test_offline_an_old_list_put_back_makes_nothing_valid(
    installation: Installation, issued: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, old = tmp_path / "trust", tmp_path / "old"
    for target in (old, folder):
        assert run("trust", "export", target) == 0
    check = ("verify", issued.verify_url, "--offline", "--trust", folder)
    assert run(*check) == 0
    assert "列表刚刚签发" in capsys.readouterr().out
    assert run("cancel", issued.entry.number, "--reason", "设备已拆卸") == 0
    assert run("trust", "export", folder) == 0
    assert run(*check) == 2
    for path in old.rglob("*.[jc]wt"):
        (folder / path.relative_to(old)).write_bytes(path.read_bytes())
    capsys.readouterr()
    assert run(*check) == 3
    told = capsys.readouterr()
    assert "older list put back" in told.out
    assert "older list put back" in told.err


def test_offline_the_list_of_the_authority_is_enough(
    installation: Installation, issued: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("trust", "export", tmp_path / "trust") == 0
    for form in list_files.FORMS:
        (tmp_path / "trust" / f"status-list{form}").unlink()
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(installation.documents.get(issued.as_json()["pdf_sha256"]))
    for subject in (pdf, issued.verify_url):
        assert run("verify", subject, "--offline", "--trust", tmp_path / "trust") == 0


def test_an_export_names_every_file(
    installation: Installation, issued: Issued, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("trust", "export", tmp_path / "trust") == 0
    printed = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    uscc = issued.entry.authority_code
    assert {"status-list.jwt", "status-list.cwt", f"{uscc}.jwt", f"{uscc}.cwt"} <= printed
    assert trust.load(tmp_path / "trust").list_keys


def test_the_cancelled_are_found_without_looking_at_the_others(installation: Installation) -> None:
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: Any) -> None:
        if "status_index" in statement:
            asked.append((statement, values))

    sa.event.listen(installation.database.engine, "before_cursor_execute", note)
    installation.register.status_places(None, clock.now())
    sa.event.remove(installation.database.engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    with installation.database.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert any("ix_records_void" in row[-1] for row in plan)
