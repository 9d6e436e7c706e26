"""`sealpress log`: check the log of all changes, sign its checkpoints, prove and check proofs."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from service import cancelling, settings
from service.errors import Invalid, NotFound
from service.files import read_at_most
from service.installation import Installation
from service.report import EXIT_FAILED
from service.transparency import check, checkpoints
from service.transparency.proofs import SqlLog
from signing import log_keys, merkle, signed_note, trust
from signing.signed_note import Checkpoint, MalformedNote, NoteKey
from verify import log_proof
from verify.log_proof import BrokenProof

MAX_PROOF_BYTES = 256 << 10
"""Largest proof or verdict read: a verdict has some KB, a proof less."""


def run(options: argparse.Namespace) -> int:
    """Do what is asked; 0 where all is well, 1 where something was found."""
    try:
        return ACTIONS[options.action](options)
    except BrokenProof as error:
        raise Invalid(f"证明不成立 (not proven): {error}") from None


def _check(options: argparse.Namespace) -> int:
    """Everything in the register against the log, and the log against its checkpoints."""
    installation = Installation.open()
    database = installation.database
    brought = [(str(path), _text(path)) for path in options.checkpoint]
    exported = installation.settings.home / "trust" / checkpoints.FILE
    if exported.exists():
        brought.append((str(exported), _text(exported)))
    report = check.check(database, checkpoints.known_keys(installation), brought)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
        return 0 if report.sound else EXIT_FAILED
    for finding in report.findings:
        print(f"✗ {finding}")
    for note in report.notes:
        print(f"– {note}")
    print(
        f"{'✓' if report.sound else '✗'} {report.rows} 行 (rows), {report.leaves} 叶 (leaves), "
        f"{report.checkpoints} 检查点 (checkpoints), {len(report.findings)} 处不符 (findings)"
    )
    return 0 if report.sound else EXIT_FAILED


def _checkpoint(_options: argparse.Namespace) -> int:
    """The newest checkpoint, which is signed if the log has grown."""
    note = checkpoints.sign_if_grown(Installation.open())
    if note is None:
        raise NotFound("日志尚无内容 (the log has no leaves yet)")
    print(note, end="")
    return 0


def _key(_options: argparse.Namespace) -> int:
    """The keys as monitors take them."""
    installation = Installation.open()
    keys = log_keys.of_folder(installation.keys, installation.settings.log_origin)
    print(log_keys.text(keys).decode(), end="")
    return 0


def _prove(options: argparse.Namespace) -> int:
    """The proof for one certificate."""
    installation = Installation.open()
    entry = cancelling.find(installation, options.license_id)
    checkpoints.sign_if_grown(installation)
    proof = SqlLog(installation.database).proof(entry.license_id)
    if proof is None:
        raise NotFound("日志中没有该证书的状态 (the log has no leaf on its status)")
    print(json.dumps(proof.as_json(), ensure_ascii=False))
    return 0


def _verify_proof(options: argparse.Namespace) -> int:
    """What a proof shows, with the trust folder alone."""
    proof = log_proof.read(_json(options.file))
    said = log_proof.verified(proof, _keys(options))
    if options.of is not None:
        _require_same(said, options.of)
    print("✓ 日志中有此记载 (the log has it):")
    print(f"  {proof.origin} {proof.index} / {proof.tree_size}")
    print(f"  {json.dumps(said, ensure_ascii=False)}")
    return 0


def _verify_consistency(options: argparse.Namespace) -> int:
    """Whether one checkpoint's log goes on from another's."""
    keys = _keys(options)
    old, new = (_opened(path, keys) for path in (options.old, options.new))
    value = _json(options.proof)
    listed = value.get("proof") if isinstance(value, dict) else None
    try:
        hashes = [base64.b64decode(str(one), validate=True) for one in listed or []]
    except ValueError:
        raise BrokenProof("a hash of the proof is no base64") from None
    if old.origin != new.origin:
        raise BrokenProof("the checkpoints are of two logs")
    if not merkle.is_consistent(old.size, old.root, new.size, new.root, hashes):
        raise BrokenProof("the new checkpoint does not go on from the old one")
    print(f"✓ {new.origin}: {old.size} → {new.size}")
    return 0


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "checkpoint": _checkpoint,
    "key": _key,
    "prove": _prove,
    "verify-proof": _verify_proof,
    "verify-consistency": _verify_consistency,
}


def _keys(options: argparse.Namespace) -> Sequence[NoteKey]:
    folder: Path = options.trust or settings.home_folder() / "trust"
    keys = trust.load(folder).log_keys
    if not keys:
        raise Invalid(f"{folder}: 没有日志密钥 (no {trust.LOG_KEY} in it)")
    return keys


def _opened(path: Path, keys: Sequence[NoteKey]) -> Checkpoint:
    try:
        opened = signed_note.opened(_text(path), keys)
        if opened is None:
            raise BrokenProof(f"{path.name} is signed by no key that is believed")
        return signed_note.checkpoint(opened[0])
    except MalformedNote as error:
        raise BrokenProof(f"{path.name}: {error}") from error


def _require_same(said: Any, path: Path) -> None:
    digest = hashlib.sha256(read_at_most(path, MAX_FILE_BYTES)).hexdigest()
    standing = said.get("standing")
    if not isinstance(standing, dict) or digest not in standing.values():
        raise BrokenProof(f"the proven leaf is not about {path.name}")


MAX_FILE_BYTES = 5 << 20
"""Largest certificate file looked at, as for verifying."""


def _text(path: Path) -> str:
    return read_at_most(path, signed_note.MAX_NOTE_BYTES).decode("utf-8", "replace")


def _json(path: Path) -> Any:
    try:
        return json.loads(read_at_most(path, MAX_PROOF_BYTES))
    except (ValueError, RecursionError):
        raise BrokenProof(f"{path.name} is no JSON") from None
