"""From issue to decades later: what a key signed, after rotation, expiry, loss and compromise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from service import clock
from service.installation import Installation
from service.issuing import issue, sheet_of
from service.ledger import Ledger
from service.press import press
from service.request import Request
from signing import development_rotation, key_changes, key_ring, trust
from signing.key_entry import Role, State
from verify import decide, list_files
from verify.presentation import OPERATOR
from verify.verdict import Verdict

DAY = timedelta(days=1)
ROLES = (
    Role.PDF_ROOT,
    Role.SEAL_ROOT,
    Role.SEAL_MAKER,
    Role.CODE_SIGNER,
    Role.LIST_SIGNER,
    Role.PDF_SIGNER,
    Role.SEAL_SIGNER,
)


@dataclass
class Issued:
    """A certificate in both formats and its code, and whom to ask about them."""

    installation: Installation
    pdf: bytes
    ofd: bytes
    code: str
    uscc: str

    @property
    def keys(self) -> Path:
        return self.installation.keys

    def entry(self, role: Role) -> key_ring.Entry:
        authority = self.uscc if role.of_an_authority else None
        return key_ring.load(self.keys).of(role, authority)[0]

    def verdicts(self, *, online: bool = True, now: datetime | None = None) -> dict[str, Verdict]:
        """What is said of each, by today's anchors."""
        now = now or clock.now()
        register = self.installation.register if online else None
        anchors = trust.of_keys(self.keys)
        self.installation.refresh_trust()
        kept = list_files.read(self.installation.settings.home / "trust", anchors.list_keys)
        listed = None if online else kept
        files = {
            kind: decide.file(
                data,
                register=register,
                anchors=anchors,
                at=now,
                now=now,
                status_list=listed,
                view=OPERATOR,
            )
            for kind, data in (("pdf", self.pdf), ("ofd", self.ofd))
        }
        code = decide.code(
            self.code,
            register=register,
            anchors=anchors,
            status_list=listed,
            base_url=self.installation.settings.base_url,
            at=now,
            now=now,
            view=OPERATOR,
        )
        return files | {"code": code}

    def words(self, **how: object) -> dict[str, str]:
        return {kind: str(one.verdict) for kind, one in self.verdicts(**how).items()}  # type: ignore[arg-type]


@pytest.fixture
def issued(installation: Installation, request_of: Callable[..., Request]) -> Issued:
    made = issue(installation, request_of("01"))
    answer, documents = made.as_json(), installation.documents
    return Issued(
        installation=installation,
        pdf=documents.get(answer["pdf_sha256"]),
        ofd=documents.get(answer["ofd_sha256"]),
        code=answer["verify_url"],
        uscc=request_of("01").data["authority"]["code"],
    )


GOOD = {"pdf": "valid", "ofd": "valid", "code": "valid"}


def test_what_was_signed_before_a_rotation_stays_valid(issued: Issued) -> None:
    now = clock.now()
    for role in ROLES:
        authority = issued.uscc if role.of_an_authority else None
        development_rotation.make_next(issued.keys, role, authority, now, now)
    assert issued.words() == GOOD
    assert issued.words(online=False) == GOOD


def test_new_keys_sign_what_comes_after(issued: Issued, request_of: Callable[..., Request]) -> None:
    old, now = trust.of_keys(issued.keys), clock.now()
    for role in ROLES:
        authority = issued.uscc if role.of_an_authority else None
        development_rotation.make_next(issued.keys, role, authority, now, now)
    second = issue(issued.installation, request_of("02")).as_json()
    pdf = issued.installation.documents.get(second["pdf_sha256"])
    for anchors, good in ((old, False), (trust.of_keys(issued.keys), True)):
        found = decide.file(
            pdf,
            register=issued.installation.register,
            anchors=anchors,
            at=clock.now(),
            now=clock.now(),
            view=OPERATOR,
        )
        assert (str(found.verdict) == "valid") is good


def test_a_private_key_that_was_destroyed_is_not_missed(issued: Issued) -> None:
    now = clock.now()
    for role in (Role.CODE_SIGNER, Role.PDF_SIGNER, Role.SEAL_SIGNER):
        authority = issued.uscc if role.of_an_authority else None
        development_rotation.make_next(issued.keys, role, authority, now, now)
        (issued.keys / (issued.entry(role).uri or "")).unlink()
    assert issued.words() == GOOD
    assert issued.words(online=False) == GOOD


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (Role.PDF_SIGNER, "pdf"),
        (Role.SEAL_SIGNER, "ofd"),
        (Role.SEAL_MAKER, "ofd"),
        (Role.CODE_SIGNER, "code"),
    ],
)
@pytest.mark.parametrize("unsafe_for", [timedelta(), DAY])
def test_what_a_compromised_key_signed_from_that_day_on_is_not_believed(
    issued: Issued, role: Role, kind: str, unsafe_for: timedelta
) -> None:
    """The register proves that ours was there before a compromise of today; offline none does."""
    now = clock.now() + timedelta(minutes=10)
    key_changes.revoke(issued.keys, issued.entry(role).id, "keyCompromise", now - unsafe_for, now)
    online, offline = issued.words(now=now + DAY), issued.words(online=False, now=now + DAY)
    before = unsafe_for == timedelta()
    assert (online[kind] == "valid") is before
    assert offline[kind] != "valid"
    for other in set(GOOD) - {kind}:
        assert online[other] == "valid"


def test_a_copy_signed_with_a_stolen_key_is_not_believed(
    issued: Issued, request_of: Callable[..., Request]
) -> None:
    """Bytes that the register never had: nothing proves them older than the compromise."""
    request = request_of("01")
    thief = issued.installation.authority_seal(request.data["authority"]["name"], issued.uscc)
    with issued.installation.database.write() as connection:
        reservation = Ledger(connection).by_request(request.sha256)
    assert reservation is not None
    forged = press(sheet_of(reservation, development=True), thief, clock.now())
    copies = replace(issued, pdf=forged.pdf, ofd=forged.ofd)
    for role, kind in ((Role.PDF_SIGNER, "pdf"), (Role.SEAL_SIGNER, "ofd")):
        key_changes.revoke(issued.keys, issued.entry(role).id, "keyCompromise", None, clock.now())
        told = {check.id: check.state for check in copies.verdicts()[kind].checks}
        assert "failed" in {told.get(f"{kind}_revocation"), told.get(f"{kind}_seal_revocation")}
        assert copies.words()[kind] != "valid"


def test_after_its_certificate_expired_a_file_of_the_register_is_still_valid(
    issued: Issued,
) -> None:
    later = clock.now() + timedelta(days=4000)
    for role in (Role.PDF_SIGNER, Role.SEAL_SIGNER):
        assert issued.entry(role).state_at(later) is State.ACTIVE  # nobody retired it
    from signing import development

    development.refresh_crls(issued.keys, later)
    online = issued.verdicts(now=later)
    assert {kind: str(one.verdict) for kind, one in online.items()} == GOOD, [
        (kind, check)
        for kind, one in online.items()
        for check in one.checks
        if check.state != "passed"
    ]
    offline = issued.words(online=False, now=later)
    assert offline["pdf"] != "valid"
    assert offline["ofd"] != "valid"
