"""PDFs come out at the level that is asked for, or not at all; the authority may be killed."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tsa_process import TsaProcess, configure

from service import guarded_tsa
from service import tables as t
from service.app import create_app
from service.cli import main
from service.errors import RETRY_LATER_S, RETRY_SOON_S, SigningFailed
from service.installation import TOKEN_FILE, Installation
from service.issuing import Issued, issue
from service.request import Request
from signing import trust

RequestOf = Callable[..., Request]

TIME_STAMP_HEX = b"060b2a864886f70d010910020e"
"""The attribute's OID as it stands in the hole: id-aa-timeStampToken (RFC 3161 appendix A)."""

TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
"""id-ct-TSTInfo in DER: every time stamp token has it."""


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[TsaProcess]:
    """An authority that runs, and is ended with the test."""
    authority = TsaProcess(tmp_path / "tsa")
    authority.start()
    yield authority
    authority.kill()


@pytest.fixture
def opened(home: Path) -> Iterator[Callable[..., Installation]]:
    """Opens the home with settings of its own under `[signing]`."""
    made = []

    def open_with(**signing: object) -> Installation:
        configure(home, **signing)
        made.append(Installation.open(home))
        return made[-1]

    yield open_with
    for installation in made:
        installation.database.close()


def marks(pdf: bytes) -> tuple[int, bool, bool, bool]:
    """Revisions; whether the signature is stamped; evidence is there; the whole file is stamped."""
    return (
        pdf.count(b"%%EOF"),
        TIME_STAMP_HEX in pdf.lower(),
        b"/DSS" in pdf,
        b"/DocTimeStamp" in pdf,
    )


LEVELS = {
    "B-B": (1, False, False, False),
    "B-T": (1, True, False, False),
    "B-LT": (2, True, True, False),
    "B-LTA": (3, True, True, True),
}


def pdf_of(installation: Installation, issued: Issued) -> bytes:
    """The issued PDF."""
    return installation.documents.get(issued.entry.pdf_sha256)


def seal_value(installation: Installation, issued: Issued) -> bytes:
    """The seal's signature in the issued OFD."""
    ofd = installation.documents.get(issued.entry.ofd_sha256)
    with zipfile.ZipFile(io.BytesIO(ofd)) as package:
        (name,) = [one for one in package.namelist() if one.endswith("SignedValue.dat")]
        return package.read(name)


def step(installation: Installation) -> str:
    """Where the one record stands."""
    with installation.database.read() as connection:
        return str(connection.execute(sa.select(t.records.c.step)).scalar_one())


def events(installation: Installation, kind: str) -> list[dict[str, Any]]:
    """What the events of that kind tell, in order."""
    query = sa.select(t.events.c.detail).where(t.events.c.kind == kind).order_by(t.events.c.id)
    with installation.database.read() as connection:
        return list(connection.execute(query).scalars())


def nothing_stored(installation: Installation) -> bool:
    """Whether no file was kept."""
    return not [path for path in installation.documents.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("level", LEVELS)
def test_a_pdf_is_made_at_the_level_asked_for(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf, level: str
) -> None:
    installation = opened(pdf_level=level, **tsa.settings)
    issued = issue(installation, request_of("01"))
    assert marks(pdf_of(installation, issued)) == LEVELS[level]
    assert tsa.asked == {"B-B": 0, "B-LTA": 2}.get(level, 1)
    assert TST_INFO not in seal_value(installation, issued)


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_issued_at_any_level_verifies_with_and_without_the_register(
    home: Path,
    tsa: TsaProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    level: str,
) -> None:
    configure(home, pdf_level=level, stamp_seals=True, **tsa.settings)
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    posted = Path(__file__).parent.parent / "samples" / "01-tower-crane.json"
    assert main(["issue", str(posted), "--out", str(tmp_path)]) == 0
    issued = json.loads(capsys.readouterr().out)
    for kind in ("pdf", "ofd"):
        for how in ([], ["--offline"]):
            status = main(["verify", issued[kind], "--json", *how])
            verdict = json.loads(capsys.readouterr().out)
            assert (status, verdict["verdict"]) == (0, "valid"), verdict


def test_seals_are_stamped_where_that_is_asked_for(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf
) -> None:
    installation = opened(stamp_seals=True, **tsa.settings)
    issued = issue(installation, request_of("01"))
    assert TST_INFO in seal_value(installation, issued)
    assert marks(pdf_of(installation, issued)) == LEVELS["B-B"]


def test_while_the_authority_is_dead_the_certificate_waits_and_is_then_issued_once(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf
) -> None:
    installation = opened(pdf_level="B-T", **tsa.settings)
    tsa.kill()
    for _ in range(2):
        with pytest.raises(SigningFailed, match=tsa.url) as failed:
            issue(installation, request_of("01"))
    assert failed.value.retry_after_s == RETRY_SOON_S
    assert step(installation) == "coded"
    assert nothing_stored(installation)
    told = events(installation, "signing_failed")
    assert [(one["tsa"], one["retryable"]) for one in told] == [(tsa.url, True)] * 2

    tsa.start()
    issued = issue(installation, request_of("01"))
    assert marks(pdf_of(installation, issued)) == LEVELS["B-T"]
    tsa.kill()
    assert issue(installation, request_of("01")) == issued
    assert len(events(installation, "issued")) == 1


@pytest.mark.parametrize("how", ["die", "well, die"])
def test_an_authority_that_dies_while_it_is_asked_leaves_nothing_weaker(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf, how: str
) -> None:
    installation = opened(pdf_level="B-LTA", **tsa.settings)
    tsa.answer(how)
    with pytest.raises(SigningFailed, match=tsa.url):
        issue(installation, request_of("01"))
    assert tsa.asked == len(how.split(", "))
    assert (step(installation), nothing_stored(installation)) == ("coded", True)
    tsa.kill()
    tsa.answer("well")
    tsa.start()
    issued = issue(installation, request_of("01"))
    assert marks(pdf_of(installation, issued)) == LEVELS["B-LTA"]


def test_an_authority_that_hangs_is_given_up_in_time(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf
) -> None:
    installation = opened(pdf_level="B-T", tsa_timeout_s=0.5, **tsa.settings)
    tsa.answer("hang")
    start = time.monotonic()
    with pytest.raises(SigningFailed, match=tsa.url):
        issue(installation, request_of("01"))
    assert time.monotonic() - start < 5
    assert tsa.asked == 2
    assert step(installation) == "coded"


def test_an_authority_that_fails_again_and_again_is_left_alone_for_a_while(
    opened: Callable[..., Installation],
    tsa: TsaProcess,
    request_of: RequestOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guarded_tsa, "LEFT_ALONE_S", 4.0)
    installation = opened(pdf_level="B-T", tsa_timeout_s=0.2, **tsa.settings)
    tsa.answer("hang")
    for _ in range(guarded_tsa.FAILURES):
        with pytest.raises(SigningFailed):
            issue(installation, request_of("01"))
    asked = tsa.asked
    assert asked == 2 * guarded_tsa.FAILURES
    tsa.answer("well")
    with pytest.raises(SigningFailed, match="left alone"):
        issue(installation, request_of("01"))
    assert tsa.asked == 0
    time.sleep(4.0)
    installation = opened(tsa_timeout_s=4)
    issue(installation, request_of("01"))
    assert (tsa.asked, step(installation)) == (1, "finished")


def test_rubbish_is_no_time_stamp_and_asking_again_at_once_is_no_use(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf
) -> None:
    installation = opened(stamp_seals=True, **tsa.settings)
    tsa.answer("rubbish")
    with pytest.raises(SigningFailed, match=tsa.url) as failed:
        issue(installation, request_of("01"))
    assert failed.value.retry_after_s == RETRY_LATER_S
    assert tsa.asked == 1
    assert nothing_stored(installation)


def test_evidence_that_is_too_old_fails_the_step(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.crl"
    installation = opened(pdf_level="B-LT", **tsa.settings)
    foreign.write_bytes((installation.keys / "crls" / "pdf.crl").read_bytes())
    installation = opened(tsa_crls=str(foreign))
    with pytest.raises(SigningFailed, match="revocation list"):
        issue(installation, request_of("01"))
    assert nothing_stored(installation)
    installation = opened(tsa_crls=tsa.settings["tsa_crls"])
    assert marks(pdf_of(installation, issue(installation, request_of("01")))) == LEVELS["B-LT"]


def test_settings_that_cannot_be_used_reserve_nothing(
    opened: Callable[..., Installation], tsa: TsaProcess, request_of: RequestOf
) -> None:
    installation = opened(pdf_level="B-T", **tsa.settings)
    (tsa.folder / "root.pem").write_text("no certificate", "ascii")
    with pytest.raises(trust.BrokenTrust, match=r"root\.pem"):
        issue(installation, request_of("01"))
    with installation.database.read() as connection:
        assert connection.execute(sa.select(t.certificates.c.id)).all() == []


def test_approval_systems_are_told_when_to_come_back(
    opened: Callable[..., Installation], tsa: TsaProcess, sample: Callable[..., dict[str, Any]]
) -> None:
    installation = opened(pdf_level="B-T", **tsa.settings)
    client = create_app(installation).test_client()
    token = (installation.keys / TOKEN_FILE).read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}"}
    tsa.kill()
    failed = client.post("/api/v1/certificates", json=sample("01"), headers=headers)
    assert failed.status_code == 503
    assert int(failed.headers["Retry-After"]) == RETRY_SOON_S
    assert tsa.url in failed.get_json()["detail"]
    tsa.start()
    done = client.post("/api/v1/certificates", json=sample("01"), headers=headers)
    assert done.status_code == 201


def test_the_command_line_continues_in_a_new_process(
    home: Path,
    tsa: TsaProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(home, pdf_level="B-T", **tsa.settings)
    monkeypatch.setenv("SEALPRESS_HOME", str(home))
    posted = Path(__file__).parent.parent / "samples" / "05-number-to-allot-with-persons.json"
    asked = ["issue", str(posted), "--out", str(tmp_path / "out")]
    tsa.kill()
    assert main(asked) == 1
    line = json.loads(capsys.readouterr().out)
    assert tsa.url in line["problem"]["detail"]
    tsa.start()
    answers = []
    for _ in range(2):
        assert main(asked) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    assert answers[0]["number"].endswith("0000001")


def test_those_who_verify_get_the_roots_of_the_authority(
    opened: Callable[..., Installation], tsa: TsaProcess, tmp_path: Path
) -> None:
    installation = opened(**tsa.settings)  # also where it stamps no more
    assert len(installation.anchors().tsa_roots) == 1
    installation.export_trust(tmp_path / "trust")
    exported = trust.load(tmp_path / "trust")
    assert exported.tsa_roots == installation.anchors().tsa_roots
    assert exported.tsa_crls == ((tsa.folder / "tsa.crl").read_bytes(),)
