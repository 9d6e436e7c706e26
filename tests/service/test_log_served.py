"""Checkpoints and proofs as a monitor and a verifier get them, and what `sealpress log` says."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from log_world import sample, tamper

from service import cli, clock
from service import tables as t
from service.app import create_app
from service.cancelling import cancel
from service.installation import Installation
from service.issuing import Issued, issue
from service.transparency import checkpoints, leaf, store
from service.transparency.check import check
from service.transparency.keeper import Keeper
from service.transparency.store import NewLeaf
from signing import key_changes, log_keys, merkle, signed_note, trust
from signing.signed_note import Checkpoint
from verify import log_proof


@pytest.fixture
def issued(installation: Installation) -> Issued:
    return issue(installation, sample("01"))


@pytest.fixture
def client(installation: Installation) -> FlaskClient:
    return create_app(installation, "public").test_client()


@pytest.fixture
def sealpress(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command line on that home: exit status, and all that it printed."""
    monkeypatch.setenv("SEALPRESS_HOME", str(home))

    def run(*arguments: object) -> tuple[int, str]:
        status = cli.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def fetched(client: FlaskClient) -> tuple[str, Checkpoint]:
    """The published checkpoint, checked with the published key."""
    keys = log_keys.read(client.get("/trust/log-key.txt").data)
    note = client.get("/trust/checkpoint").text
    text, _ = signed_note.opened(note, keys) or pytest.fail("not signed by the published key")
    return note, signed_note.checkpoint(text)


def test_the_public_side_serves_the_newest_kept_one_and_signs_none(
    installation: Installation, issued: Issued, client: FlaskClient
) -> None:
    assert client.get("/trust/checkpoint").status_code == 404
    assert issued
    checkpoints.sign_if_grown(installation)
    _, first = fetched(client)
    assert first.origin == "sealpress.example/log"
    cancel(installation, issued.entry, "设备已拆卸")
    assert fetched(client)[1] == first
    checkpoints.sign_if_grown(installation)
    assert fetched(client)[1].size > first.size


def test_a_monitor_sees_that_the_log_only_grew(
    installation: Installation, client: FlaskClient
) -> None:
    seen = []
    for number in range(4):
        issue(installation, sample("05", factory_number=f"F{number}"))
        checkpoints.sign_if_grown(installation)
        seen.append(fetched(client)[1])
    for old in seen:
        for new in seen[seen.index(old) :]:
            asked = {"first": old.size, "second": new.size}
            told = client.get("/trust/log/consistency", query_string=asked).get_json()
            proof = [base64.b64decode(one) for one in told["proof"]]
            assert merkle.is_consistent(old.size, old.root, new.size, new.root, proof)


def test_no_proof_is_made_up(
    installation: Installation, issued: Issued, client: FlaskClient
) -> None:
    assert issued
    checkpoints.sign_if_grown(installation)
    asked = ["", "first=1", "first=0&second=1", "first=2&second=1", "first=1&second=999"]
    asked += ["first=x&second=2", "first=-1&second=2", "first=1&second=1e3", "second=2"]
    for query in asked:
        answer = client.get(f"/trust/log/consistency?{query}", headers={"Accept": "text/json"})
        assert answer.status_code == 422


def test_a_verdict_brings_the_proof_that_was_asked_for(
    installation: Installation, issued: Issued, client: FlaskClient
) -> None:
    path = f"/v/{issued.as_json()['verify_url'].rpartition('/')[2]}"
    asking = {"headers": {"Accept": "application/json"}}
    assert "log" not in client.get(path, **asking).get_json()
    assert client.get(f"{path}?proof=1", **asking).get_json()["log"] is None
    checkpoints.sign_if_grown(installation)
    keys = log_keys.read(client.get("/trust/log-key.txt").data)
    told = client.get(f"{path}?proof=1", **asking).get_json()
    said = log_proof.verified(log_proof.read(told), keys)
    assert said["certificate"] == issued.entry.license_id
    assert said["standing"]["pdf_sha256"] == issued.entry.pdf_sha256
    assert said["standing"]["state"] == "valid"
    cancel(installation, issued.entry, "设备已拆卸")
    checkpoints.sign_if_grown(installation)
    data = installation.documents.get(issued.entry.pdf_sha256)
    for answer in (
        client.get(f"{path}?proof=1", **asking),
        client.post("/api/v1/verifications?proof=1", data=data, content_type="application/pdf"),
    ):
        said = log_proof.verified(log_proof.read(answer.get_json()), keys)
        assert (said["events"], said["standing"]["state"]) == (["cancelled"], "cancelled")


def test_what_nobody_issued_has_no_proof(client: FlaskClient) -> None:
    answer = client.get("/api/v1/status?number=1&factory_number=2&proof=1").get_json()
    assert (answer["verdict"], answer["log"]) == ("unknown", None)


def test_leaves_tell_no_person(installation: Installation) -> None:
    issue(installation, sample("01"))
    data = json.loads(sample("01").canonical)
    persons = [data["holder"]["name"], data["face"]["project_manager"], data["face"]["user"]]
    with installation.database.read() as connection:
        for row in connection.execute(sa.select(t.log_leaves)):
            for text in (row.leaf, row.binding):
                assert not [name for name in persons if name in text]


def test_the_keeper_signs_soon_after_a_change(installation: Installation) -> None:
    keeper = Keeper(installation)
    keeper.start()
    try:
        issue(installation, sample("01"))
        deadline = time.monotonic() + 10
        while _unsigned(installation) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _unsigned(installation)
    finally:
        keeper.stop()


def test_stopping_signs_what_is_left(installation: Installation) -> None:
    keeper = Keeper(installation)
    keeper.start()
    issue(installation, sample("01"))
    keeper.stop()
    assert not _unsigned(installation)


def _unsigned(installation: Installation) -> bool:
    with installation.database.read() as connection:
        return checkpoints.unsigned(connection)


def test_of_many_checkpoints_few_are_kept(
    installation: Installation, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert issued
    start = clock.now()
    for minute in range(0, 60, 2):
        with installation.database.write() as connection:
            binding = leaf.binding(1, [], b"")
            store.add(connection, [NewLeaf(1, leaf.leaf(start, "x", [], binding), binding, False)])
        moment = start + minute * (checkpoints.KEPT_EVERY / 10)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        checkpoints.sign_if_grown(installation)
    with installation.database.read() as connection:
        kept = connection.execute(sa.select(t.log_checkpoints.c.signed_at)).scalars().all()
    assert 5 < len(kept) < 10
    assert kept[-1] == moment
    assert check(installation.database, checkpoints.known_keys(installation)).sound


def test_keys_that_were_replaced_are_still_known(installation: Installation) -> None:
    issue(installation, sample("01"))
    checkpoints.sign_if_grown(installation)
    from signing import development_rotation
    from signing.key_entry import Role

    now = clock.now()
    development_rotation.make_next(installation.keys, Role.LOG_SIGNER, None, now, now)
    issue(installation, sample("05"))
    checkpoints.sign_if_grown(installation)
    known = checkpoints.known_keys(installation)
    assert len(known) == 2
    assert check(installation.database, known).checkpoints == 2
    assert check(installation.database, known).sound
    assert [one.table for one in check(installation.database, known[:1]).findings]
    key_changes.revoke(installation.keys, "log-signer-1", "keyCompromise", None, clock.now())
    assert installation.anchors().log_keys == known[:1]
    assert check(installation.database, checkpoints.known_keys(installation)).sound


# --- the command line ---------------------------------------------------------------------------


def test_check_says_what_was_altered_and_ends_with_one(
    installation: Installation, issued: Issued, sealpress: Callable[..., tuple[int, str]]
) -> None:
    assert sealpress("log", "check")[0] == 0
    assert sealpress("log", "checkpoint")[1].startswith("sealpress.example/log\n2\n")
    tamper(installation.database, ["UPDATE certificates SET number = 'x' WHERE id = 1"])
    status, said = sealpress("log", "check")
    assert status == 1
    assert (
        f"certificates 1: 被改动 (altered); number; 证书 (certificate) {issued.entry.license_id}"
        in said
    )
    status, said = sealpress("log", "check", "--json")
    assert (status, json.loads(said)["findings"][0]["columns"]) == (1, ["number"])


def test_a_log_written_anew_as_a_whole_is_betrayed_by_its_checkpoints(
    installation: Installation, issued: Issued, sealpress: Callable[..., tuple[int, str]]
) -> None:
    assert issued
    before = sealpress("log", "checkpoint")[1]
    kept = installation.settings.home / "kept"
    kept.write_text(before)
    _write_anew(installation)
    status, said = sealpress("log", "check")
    assert status == 1
    assert "log_checkpoints 1: 日志不连贯 (broken); it has 2 leaves with another root" in said
    tamper(installation.database, ["DELETE FROM log_checkpoints"])
    assert "another root than this log" in sealpress("log", "check")[1]
    (installation.settings.home / "trust" / "checkpoint").unlink()
    status, said = sealpress("log", "check")
    assert status == 0  # whoever holds all copies holds the truth
    assert "没有检查点" in said
    status, said = sealpress("log", "check", "--checkpoint", kept)
    assert status == 1
    assert f"{kept}: it has 2 leaves with another root" in said


def _write_anew(installation: Installation) -> None:
    """What somebody does who has the database, but not the key of the log."""
    tamper(installation.database, ["UPDATE records SET reason = 'x'"])
    tree = merkle.Frontier()
    with installation.database.read() as connection:
        rows = connection.execute(sa.select(t.log_leaves).order_by("position")).all()
        record = connection.execute(sa.select(t.records)).mappings().one()
    statements = []
    for row in rows:
        certificate, bound = leaf.bound_by(row.binding)
        new = [leaf.bound("records", dict(record)) if one[0] == "records" else one for one in bound]
        binding = leaf.binding(certificate, new, b"")
        told: dict[str, Any] = json.loads(row.leaf)
        text = leaf.canonical(told | {"rows": leaf.sha256(binding.encode())})
        tree, completed = tree.append(merkle.leaf_hash(text.encode()))
        hashes = b"".join(completed).hex()
        statements.append(
            f"UPDATE log_leaves SET leaf = '{text}', binding = '{binding}', hashes = x'{hashes}' "
            f"WHERE position = {row.position}"
        )
    statements.append(f"UPDATE log_tree SET frontier = x'{tree.joined().hex()}'")
    tamper(installation.database, statements)


def test_a_register_that_was_set_back_is_noticed(
    installation: Installation, issued: Issued, sealpress: Callable[..., tuple[int, str]]
) -> None:
    installation.database.close()
    register = installation.settings.home / "register.db"
    old = register.read_bytes()
    cancel(installation, issued.entry, "设备已拆卸")
    sealpress("log", "checkpoint")
    installation.database.close()
    for suffix in ("", "-wal", "-shm"):
        register.with_name(f"register.db{suffix}").unlink(missing_ok=True)
    register.write_bytes(old)
    status, said = sealpress("log", "check")
    assert status == 1, said
    assert "the newest were taken away" in said


def test_proofs_are_checked_with_the_trust_folder_alone(
    installation: Installation,
    issued: Issued,
    client: FlaskClient,
    sealpress: Callable[..., tuple[int, str]],
    tmp_path: Path,
) -> None:
    sealpress("trust", "export", tmp_path / "trust")
    (tmp_path / "old").write_text(sealpress("log", "checkpoint")[1])
    assert sealpress("log", "key")[1] == (tmp_path / "trust" / trust.LOG_KEY).read_text()
    proof, pdf = tmp_path / "proof.json", tmp_path / "x.pdf"
    proof.write_text(sealpress("log", "prove", issued.entry.number)[1])
    pdf.write_bytes(installation.documents.get(issued.entry.pdf_sha256))
    asked = ("--trust", tmp_path / "trust")
    status, said = sealpress("log", "verify-proof", proof, *asked, "--of", pdf)
    assert (status, issued.entry.license_id in said) == (0, True)
    pdf.write_bytes(pdf.read_bytes() + b"\n")
    assert sealpress("log", "verify-proof", proof, *asked, "--of", pdf)[0] == 1
    proof.write_text(proof.read_text().replace('\\"valid\\"', '\\"cancelled\\"'))
    status, said = sealpress("log", "verify-proof", proof, *asked)
    assert (status, "不成立" in said) == (1, True)

    cancel(installation, issued.entry, "设备已拆卸")
    (tmp_path / "new").write_text(sealpress("log", "checkpoint")[1])
    grown = client.get("/trust/log/consistency?first=2&second=4").text
    (tmp_path / "grown.json").write_text(grown)
    files = [tmp_path / "old", tmp_path / "new", tmp_path / "grown.json"]
    assert sealpress("log", "verify-consistency", *files, *asked)[0] == 0
    assert sealpress("log", "verify-consistency", files[1], files[0], files[2], *asked)[0] == 1
    (tmp_path / "grown.json").write_text("{}")
    assert sealpress("log", "verify-consistency", *files, *asked)[0] == 1
