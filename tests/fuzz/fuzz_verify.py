"""Coverage-guided fuzzing of what anybody may send in: a PDF, an OFD, a code (`make fuzz`).

    python tests/fuzz/fuzz_verify.py pdf|ofd|code CORPUS [libFuzzer's own options]

An input fails where an exception leaves the room, where a check ended in an unexpected one, or
where something is `valid` that is not to the byte what was issued. The corpus folder is given the
genuine specimen and its forgeries first. Findings become tests in tests/adversarial.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS / "adversarial"), str(TESTS / "verify"), str(TESTS.parent)]

with atheris.instrument_imports(include=["verify", "signing", "cbor2"]):
    import code_forgeries
    import genuine
    import ofd_forgeries
    import pdf_forgeries
    import pytest
    import sealing_parties
    import stage

    from verify.verdict import Word

SPECIMENS: dict[str, tuple[Callable[[], bytes | str], list[stage.Forgery]]] = {
    "pdf": (genuine.genuine_pdf, pdf_forgeries.FORGERIES),
    "ofd": (genuine.genuine_ofd, ofd_forgeries.FORGERIES),
    "code": (code_forgeries.genuine_code, code_forgeries.FORGERIES),
}


def as_bytes(made: bytes | str) -> bytes:
    """A specimen as the corpus holds it."""
    return made.encode() if isinstance(made, str) else made


def main() -> None:
    """Fill the corpus, then let libFuzzer run."""
    kind, corpus = sys.argv[1], Path(sys.argv[2])
    make, forgeries = SPECIMENS[kind]
    first = as_bytes(make())
    sealing_parties.sign_anything(pytest.MonkeyPatch())  # from here on by forgers' programs
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "genuine").write_bytes(first)
    for number, forgery in enumerate(forgeries):
        if forgery.seen_offline:
            (corpus / f"forgery-{number}").write_bytes(as_bytes(forgery.make()))
    anchors = genuine.house().anchors

    def look(data: bytes) -> None:
        made = data.decode("utf-8", "replace") if kind == "code" else data
        same = as_bytes(made).strip().lower() == first.strip().lower()
        for verdict in (stage.online(made, anchors), stage.offline(made, anchors)):
            accidents = [check for check in verdict.checks if "unexpected" in check.reason]
            if accidents or (verdict.verdict is Word.VALID and not same):
                raise AssertionError((verdict.verdict, accidents))

    atheris.Setup([sys.argv[0], *sys.argv[3:], str(corpus)], look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
