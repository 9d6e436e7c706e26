"""Chains of certificates are remembered; what they are worth at a moment is asked each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import certified_signers as signers
import genuine
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from verify import kept_chains, limits, pdf_chain
from verify.fault import Fault, Untold

DAY = timedelta(days=1)
ROOTS = (signers.root().public_bytes(Encoding.DER),)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The moments for which a chain was really built."""
    moments: list[Any] = []
    build = pdf_chain.build

    def really(signer: Any, embedded: Any, roots: Any, signed_at: Any) -> Any:
        moments.append(signed_at)
        return build(signer, embedded, roots, signed_at)

    monkeypatch.setattr(pdf_chain, "build", really)
    kept_chains.forget()
    yield moments
    kept_chains.forget()


def ask(one: Any = None, at: Any = genuine.NOW, roots: Any = ROOTS, more: Any = ()) -> Any:
    one = one or signers.certificate()
    embedded = (one.public_bytes(Encoding.DER), *more)
    return kept_chains.build(one, embedded, roots, at)


def test_a_signers_chain_is_built_once_for_all_its_files(built: list[Any]) -> None:
    one = signers.certificate()
    first = ask(one)
    assert ask(one, genuine.NOW + DAY) == first
    assert ask(one, genuine.FOUNDED) == first
    assert len(built) == 1


def test_outside_the_period_of_the_chain_it_is_built_anew_and_refused(built: list[Any]) -> None:
    one = signers.certificate(ends=genuine.NOW + DAY)
    ask(one)
    for moment in (genuine.NOW + DAY + timedelta(seconds=1), genuine.FOUNDED - DAY):
        with pytest.raises(Fault):
            ask(one, moment)
    assert len(built) == 3
    ask(one, genuine.NOW + DAY)
    assert len(built) == 3


def test_other_roots_and_other_certificates_beside_it_are_another_question(
    built: list[Any],
) -> None:
    one = signers.certificate()
    ask(one)
    with pytest.raises(Untold):
        ask(one, roots=())
    with pytest.raises(Fault):
        ask(one, roots=genuine.house().anchors.pdf_roots)
    with pytest.raises(Fault):
        ask(one, more=genuine.house().anchors.pdf_roots)
    with pytest.raises(Fault):
        ask(signers.certificate(ca=True))
    assert len(built) == 5


def test_what_leads_to_no_pinned_root_is_not_remembered(built: list[Any]) -> None:
    for _ in range(2):
        with pytest.raises(Fault):
            ask(roots=genuine.house().anchors.pdf_roots)
    assert len(built) == 2


def test_the_memory_has_an_end(built: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHAINS_KEPT", 2)
    several = [signers.certificate(begins=genuine.FOUNDED + n * DAY / 24) for n in range(3)]
    for one in (*several, several[2], several[1]):
        ask(one)
    assert len(built) == 3
    ask(several[0])
    assert len(built) == 4
