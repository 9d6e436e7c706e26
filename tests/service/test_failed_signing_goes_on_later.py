"""A key fails while a certificate is signed: nothing weaker, nothing half done, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import tables as t
from service.app import create_app
from service.cli import main
from service.errors import RETRY_LATER_S, RETRY_SOON_S, SigningFailed
from service.installation import TOKEN_FILE, Installation
from service.issuing import issue
from service.request import Request
from signing.errors import KeyUnavailable
from signing.libcrypto import Sm2PublicKey

RequestOf = Callable[..., Request]
URI = "https://seals.example/v1/keys/nanning"
NANNING = ("南宁市住房和城乡建设局", "11450100MB0000001Q")


class SilentSealService:
    """An SM2 key whose service does not answer, or refuses."""

    def __init__(self, public: Sm2PublicKey, *, retryable: bool = True) -> None:
        self.public = public
        self.retryable = retryable

    def sign(self, message: bytes) -> bytes:
        raise KeyUnavailable(URI, "it does not answer", retryable=self.retryable)


def break_seal(installation: Installation, *, retryable: bool = True) -> None:
    """Let the authority's seal key fail whenever it is asked."""
    whole = installation.authority_seal(*NANNING)
    silent = SilentSealService(whole.seal.key.public, retryable=retryable)
    broken = replace(whole, seal=replace(whole.seal, key=silent))
    vars(installation)["authority_seal"] = lambda *_: broken


def mend(installation: Installation) -> None:
    """Undo `break_seal`."""
    del vars(installation)["authority_seal"]


def events(installation: Installation) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of every event, in order."""
    query = sa.select(t.events.c.kind, t.events.c.detail).order_by(t.events.c.id)
    with installation.database.read() as connection:
        return [(kind, detail) for kind, detail in connection.execute(query)]


def steps(installation: Installation) -> list[str]:
    """The step of every record."""
    with installation.database.read() as connection:
        return list(connection.execute(sa.select(t.records.c.step)).scalars())


def stored(installation: Installation) -> list[Path]:
    """Every file in the document store."""
    return [path for path in installation.documents.folder.rglob("*") if path.is_file()]


def code(installation: Installation) -> str:
    """The one certificate's code."""
    with installation.database.read() as connection:
        return str(connection.execute(sa.select(t.certificates.c.code)).scalar_one())


def test_the_same_request_goes_on_where_signing_failed_and_issues_once(
    installation: Installation, request_of: RequestOf
) -> None:
    break_seal(installation)
    for _ in range(2):
        with pytest.raises(SigningFailed, match=URI):
            issue(installation, request_of("01"))
    assert steps(installation) == ["coded"]
    assert stored(installation) == []
    coded = code(installation)
    failed = {"reason": str(KeyUnavailable(URI, "it does not answer")), "key": URI}
    assert events(installation)[2:] == [("signing_failed", failed | {"retryable": True})] * 2

    mend(installation)
    answers = [issue(installation, request_of("01")).as_json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["verify_url"] == coded
    assert steps(installation) == ["finished"]
    assert len(stored(installation)) == 2
    kinds = [kind for kind, _ in events(installation)]
    assert kinds == ["reserved", "coded", "signing_failed", "signing_failed", "issued"]


@pytest.mark.parametrize(("retryable", "seconds"), [(True, RETRY_SOON_S), (False, RETRY_LATER_S)])
def test_the_approval_system_is_told_what_failed_and_when_to_come_back(
    installation: Installation, sample: Callable[..., dict[str, Any]], retryable: bool, seconds: int
) -> None:
    break_seal(installation, retryable=retryable)
    token = (installation.keys / TOKEN_FILE).read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
    client = create_app(installation).test_client()
    failed = client.post("/api/v1/certificates", json=sample("01"), headers=headers)
    assert failed.status_code == 503
    assert failed.headers["Retry-After"] == str(seconds)
    assert failed.mimetype == "application/problem+json"
    assert failed.get_json()["type"].endswith("/signing-failed")
    assert URI in failed.get_json()["detail"]

    mend(installation)
    assert (
        client.post("/api/v1/certificates", json=sample("01"), headers=headers).status_code == 201
    )
    assert steps(installation) == ["finished"]


def test_a_code_that_cannot_be_signed_leaves_the_reservation(
    installation: Installation, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(message: bytes) -> bytes:
        raise KeyUnavailable(URI, "it does not answer", retryable=True)

    key = replace(installation.code_key, sign=silent)
    with monkeypatch.context() as broken:
        broken.setattr(Installation, "code_key", property(lambda _: key))
        with pytest.raises(SigningFailed, match=URI):
            issue(installation, request_of("05"))
    assert steps(installation) == ["reserved"]
    assert issue(installation, request_of("05")).entry.number.endswith("0000001")
    kinds = [kind for kind, _ in events(installation)]
    assert kinds == ["reserved", "signing_failed", "coded", "issued"]


def test_keys_that_cannot_be_loaded_any_more_fail_the_step_of_a_reserved_certificate(
    installation: Installation, request_of: RequestOf
) -> None:
    break_seal(installation)
    with pytest.raises(SigningFailed):
        issue(installation, request_of("01"))
    mend(installation)
    key = installation.keys / "authorities" / NANNING[1] / "pdf.key"
    key.chmod(0o644)
    with pytest.raises(SigningFailed, match=key.as_uri()):
        issue(installation, request_of("01"))
    assert [kind for kind, _ in events(installation)][2:] == ["signing_failed"] * 2
    key.chmod(0o600)
    assert issue(installation, request_of("01")).as_json()["status"] == "valid"


def test_without_its_keys_an_authority_reserves_nothing(
    installation: Installation, request_of: RequestOf
) -> None:
    installation.authority_seal(*NANNING)
    key = installation.keys / "authorities" / NANNING[1] / "pdf.key"
    key.chmod(0o644)
    with pytest.raises(KeyUnavailable, match=key.as_uri()):
        issue(installation, request_of("01"))
    assert steps(installation) == []


def test_a_seal_service_that_does_not_answer_beforehand_is_told_like_one_that_fails_later(
    installation: Installation, sample: Callable[..., dict[str, Any]]
) -> None:
    def silent(name: str, code: str) -> None:
        raise KeyUnavailable(URI, "it does not answer", retryable=True)

    vars(installation)["authority_seal"] = silent
    token = (installation.keys / TOKEN_FILE).read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}"}
    client = create_app(installation).test_client()
    failed = client.post("/api/v1/certificates", json=sample("01"), headers=headers)
    assert failed.status_code == 503
    assert failed.headers["Retry-After"] == str(RETRY_SOON_S)
    assert failed.get_json()["type"].endswith("/signing-failed")
    assert steps(installation) == []


def test_an_issued_certificate_is_answered_for_without_any_key(
    installation: Installation, request_of: RequestOf
) -> None:
    first = issue(installation, request_of("01")).as_json()
    (installation.keys / "authorities" / NANNING[1] / "pdf.key").chmod(0o644)
    assert issue(installation, request_of("01")).as_json() == first


def test_the_command_line_prints_a_problem_and_continues_later(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    installation = Installation.open(home)
    break_seal(installation)
    monkeypatch.setattr(Installation, "open", lambda: installation)
    posted = Path(__file__).parent.parent / "samples" / "01-tower-crane.json"
    asked = ["issue", str(posted), "--out", str(tmp_path / "out")]
    assert main(asked) == 1
    line = json.loads(capsys.readouterr().out)
    assert URI in line["problem"]["detail"]
    assert line["problem"]["status"] == 503
    assert not (tmp_path / "out").exists()
    mend(installation)
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "valid"
    installation.database.close()
