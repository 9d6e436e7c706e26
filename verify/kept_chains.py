"""Chains of certificates up to a pinned root, remembered: one signer signs many documents.

What is remembered depends on nothing but bytes: the signer's certificate, those that came with it,
and the pinned roots. Of all that makes a chain sound only the periods depend on a moment; so a
chain is given again for another moment only where all its certificates are within their periods
then. A root that is no longer pinned, or one more that is, makes it another question. What became
of the certificates since, expiry and revocation, is judged each time (`verify.key_life`).

No stranger fills this memory: chains that lead to no pinned root are not kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from verify import limits, pdf_chain

if TYPE_CHECKING:
    from cryptography import x509

    from verify.key_life import Period
    from verify.revocation import Chain

_Question = tuple["x509.Certificate", tuple[bytes, ...], tuple[bytes, ...]]

_lock: Final = threading.Lock()
_kept: Final[OrderedDict[_Question, tuple[Chain, Period]]] = OrderedDict()


def build(
    signer: x509.Certificate,
    embedded: Sequence[bytes],
    roots: Sequence[bytes],
    signed_at: datetime,
) -> Chain:
    """What `verify.pdf_chain.build` gives, from memory where it is known; it raises the same."""
    question = signer, tuple(embedded), tuple(roots)
    with _lock:
        kept = _kept.get(question)
    if kept is not None and kept[1].holds(signed_at):
        return kept[0]
    chain = pdf_chain.build(signer, embedded, roots, signed_at)
    with _lock:
        _kept[question] = chain, pdf_chain.period(chain)
        _kept.move_to_end(question)
        while len(_kept) > limits.CHAINS_KEPT:
            _kept.popitem(last=False)
    return chain


def forget() -> None:
    """Forget what was kept."""
    with _lock:
        _kept.clear()
