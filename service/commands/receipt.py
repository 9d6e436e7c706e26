"""`sealpress receipt`: whether an inspector's receipt is genuine, and what it says."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.files import read_at_most
from service.installation import Installation
from service.report import EXIT_FAILED
from signing import jwk, trust
from signing.errors import CannotSign
from verify import limits, receipts, times
from verify.receipts import MalformedReceipt, Receipt


def run(options: argparse.Namespace) -> int:
    """Print what the receipt says; 0 if it is genuine, 1 if not."""
    try:
        found = _found(options)
    except MalformedReceipt as error:
        print(f"sealpress receipt: {error}", file=sys.stderr)
        return EXIT_FAILED
    if options.json:
        print(json.dumps(dict(found.claims) | {"kid": found.kid}, ensure_ascii=False))
    else:
        _print(found)
    return 0


def _found(options: argparse.Namespace) -> Receipt:
    """The receipt; raises MalformedReceipt where it is not genuine, or of another file."""
    token = read_at_most(options.file, limits.RECEIPT_BYTES).decode("ascii", "replace")
    found = receipts.read(token, _keys(options))
    if options.of and not found.is_of(read_at_most(options.of, limits.FILE_BYTES)):
        raise MalformedReceipt(f"不是文件 {options.of.name} 的回执 (it is of another file)")
    return found


def _keys(options: argparse.Namespace) -> Mapping[str, Any]:
    """The keys whose receipts are believed, by identifier.

    Raises:
        signing.trust.BrokenTrust: the trust folder cannot be used.
    """
    if options.key is not None:
        return dict([_device(options.key)])
    folder = options.trust or Installation.open().settings.home / "trust"
    return trust.load(folder).receipt_keys


def _device(path: Path) -> tuple[str, Any]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(read_at_most(path, limits.RECEIPT_BYTES))
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CannotSign(f"{path} holds no public P-256 key in PEM")
    return jwk.name(key), key


def _print(found: Receipt) -> None:
    claims, result = found.claims, found.claims["result"]
    print(f"回执属实 (genuine receipt)  {times.iso(found.made_at)}  {claims['jti']}")
    if claims.get("inspector"):
        access = f" / {claims['access']}" if claims.get("access") else ""
        place = f"  地点 (place): {claims['place']}" if claims.get("place") else ""
        print(f"  检查人 (inspector): {claims['inspector']}{access}{place}")
    print(f"  对象 (subject): {' '.join(map(str, claims['subject'].values()))}")
    print(f"  核验结论 (verdict): {result['verdict']} — {result['reason']}")
    listed = (result.get("status") or {}).get("list")
    if listed:
        print(f"  状态列表 (status list): {listed['issued_at']} {listed['freshness']}")
    for check in result["checks"]:
        print(f"  {check['state']} {check['id']}: {check['reason']}")
