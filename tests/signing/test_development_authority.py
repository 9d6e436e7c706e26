"""The development authority is made once, whatever is killed, and by however many at a time."""

import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import p256_world as world
import pytest
from cryptography import x509

from signing import (
    atomic,
    certificates,
    development,
    development_files,
    file_keys,
    key_ring,
    p256,
    ses,
    sm2_certificates,
    sm2_chain,
)
from signing import development_chains as chains
from signing.errors import CannotSign, KeyUnavailable, MalformedCertificate

USCC = world.USCC
ROOM = Path(__file__).parents[2]


def signer(folder, uscc=USCC, name=world.AUTHORITY, picture=None):
    picture = world.picture() if picture is None else picture
    development.create_signer(folder, name, uscc, picture, (42.0, 42.0), world.NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished folder, not to be changed."""
    folder = tmp_path_factory.mktemp("made") / "keys"
    signer(folder)
    return folder


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


CERTIFIED = ("pdf-root", "seal-root", "seal-maker")
LISTS = ("crls/pdf.crl", "crls/seal.crl")
OF_ONE_AUTHORITY = ("pdf.key", "pdf.pem", "seal.key", "seal.pem", "seal.esl")
PUBLISHED = ("code", "status-list", "receipt", "log")
REPLACEABLE = (*LISTS, *(f"{role}.pem" for role in CERTIFIED))
EVERYTHING = {
    ".lock",
    "ring.json",
    *REPLACEABLE,
    *(f"{role}.key" for role in (*CERTIFIED, *PUBLISHED)),
    *(f"authorities/{USCC}/{name}" for name in OF_ONE_AUTHORITY),
}


SIGNERS = ("code-signer", "status-list-signer", "receipt-signer", "log-signer")
RING = [
    *((f"{role}-1", role) for role in (*CERTIFIED, *SIGNERS)),
    *((f"{role}-{USCC}-1", role) for role in ("pdf-signer", "seal-signer")),
]


def test_everything_of_the_contract_is_there_and_nothing_else(made):
    assert set(files(made)) == EVERYTHING


def test_only_the_owner_may_use_any_of_it(made):
    for path in (made, *made.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_making_it_again_changes_nothing(made):
    before = files(made)
    development.create_authorities(made, world.NOW + timedelta(days=5))
    signer(made, name="另一名称", picture=b"not even looked at")
    development.refresh_crls(made, world.NOW + timedelta(hours=23))
    assert files(made) == before


@pytest.mark.parametrize("missing", REPLACEABLE)
def test_what_is_missing_is_made_and_the_rest_stays(missing, tmp_path):
    folder = tmp_path / "keys"
    development.create_authorities(folder, world.NOW)
    before = files(folder)
    (folder / missing).unlink()
    development.create_authorities(folder, world.NOW)
    after = files(folder)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {missing}


@pytest.mark.parametrize("role", [*CERTIFIED, *PUBLISHED])
def test_a_lost_key_is_not_replaced_in_silence(role, tmp_path):
    folder = tmp_path / "keys"
    development.create_authorities(folder, world.NOW)
    (folder / f"{role}.key").unlink()
    with pytest.raises(KeyUnavailable, match="the key is gone"):
        development.create_authorities(folder, world.NOW)


def test_the_pdf_signer_signs_by_the_pdf_root(made):
    found = development.load_pdf_signer(made, USCC)
    certificate = x509.load_der_x509_certificate(found.certificate)
    root = x509.load_pem_x509_certificate((made / "pdf-root.pem").read_bytes())
    certificate.verify_directly_issued_by(root)
    assert certificates.organisation_code(found.certificate) == USCC
    assert p256.verify_raw(certificate.public_key(), found.key.sign_raw(b"message"), b"message")
    assert found.chain == ()


def test_the_seal_signer_and_maker_chain_to_the_seal_root(made):
    found = development.load_seal_signer(made, USCC)
    root = sm2_certificates.parse(certificates.from_pem((made / "seal-root.pem").read_bytes())[0])
    crl = sm2_certificates.parse_crl((made / "crls/seal.crl").read_bytes())
    seal = ses.parse_seal(found.seal)
    for one in (found.certificate, seal.maker_certificate):
        leaf = sm2_certificates.parse(one)
        checks = sm2_chain.verify(leaf, [], [root], [crl], world.NOW)
        assert {check.state for check in checks} == {"passed"}, checks
        assert leaf.public.verify(b"m", found.key.sign(b"m")) == (one == found.certificate)


def test_the_seal_is_the_authoritys_and_lists_its_signer(made):
    found = development.load_seal_signer(made, USCC)
    seal = ses.parse_seal(found.seal)
    assert seal.maker_signed()
    assert seal.property.name == world.AUTHORITY
    assert seal.lists(found.certificate)
    assert seal.picture.data == world.picture()
    assert (seal.picture.width, seal.picture.height) == (42, 42)
    assert seal.valid_at(world.NOW + timedelta(days=3600))


def test_no_name_can_be_taken_for_a_real_one(made):
    signers = [development.load_pdf_signer(made, USCC).certificate]
    signers.append(development.load_seal_signer(made, USCC).certificate)
    roots = [
        (made / f"{role}.pem").read_bytes() for role in ("pdf-root", "seal-root", "seal-maker")
    ]
    for der in (*signers, *(certificates.from_pem(pem)[0] for pem in roots)):
        subject = x509.load_der_x509_certificate(der).subject
        (name,) = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert "开发" in name.value


def test_a_long_name_loses_its_end_but_not_its_mark():
    authority = chains.Authority("长" * 100, USCC, b"", (42, 42))
    assert authority.common_name == "长" * 17 + "（开发）"


def test_an_authority_with_a_long_name_has_signers(tmp_path):
    signer(tmp_path / "keys", name="长" * 80)
    assert development.load_pdf_signer(tmp_path / "keys", USCC)
    assert development.load_seal_signer(tmp_path / "keys", USCC)


def test_signers_are_loaded_once(made):
    assert development.load_pdf_signer(made, USCC) is development.load_pdf_signer(made, USCC)
    first, second = (development.load_seal_signer(made, USCC) for _ in range(2))
    assert first.key is second.key


def test_the_code_key_and_the_list_key_differ(made):
    assert development.code_key(made).kid != development.list_key(made).kid


def test_an_authority_without_keys_cannot_sign(made):
    for load in (development.load_pdf_signer, development.load_seal_signer):
        with pytest.raises(key_ring.NoActiveKey, match="91450100MA500011XT"):
            load(made, "91450100MA500011XT")


@pytest.mark.parametrize(
    "uscc", ["", "../../../../etc/abc", "11450100mb0000001q", USCC + "\n", "."]
)
def test_what_is_no_uscc_names_no_folder(made, uscc):
    with pytest.raises(CannotSign, match="USCC"):
        signer(made, uscc)
    with pytest.raises(CannotSign, match="USCC"):
        development.load_pdf_signer(made, uscc)


@pytest.mark.parametrize("file", ["pdf.pem", "seal.pem"])
def test_a_certificate_of_another_key_is_refused(file, tmp_path):
    folder = tmp_path / "keys"
    signer(folder)
    signer(folder, "91450100MA500011XT")
    homes = [folder / "authorities" / code for code in (USCC, "91450100MA500011XT")]
    (homes[0] / file).write_bytes((homes[1] / file).read_bytes())
    load = development.load_pdf_signer if file == "pdf.pem" else development.load_seal_signer
    with pytest.raises(CannotSign, match="another key"):
        load(folder, USCC)
    (homes[0] / file).write_bytes(b"noise")
    with pytest.raises(KeyUnavailable, match="its certificate"):
        load(folder, USCC)


def test_a_picture_that_is_none_leaves_no_authority_behind(tmp_path):
    folder = tmp_path / "keys"
    with pytest.raises(CannotSign, match="PNG"):
        signer(folder, picture=b"GIF89a")
    assert list((folder / "authorities").iterdir()) == []
    signer(folder)
    assert development.load_seal_signer(folder, USCC)


# --- revocation lists ------------------------------------------------------------------------


def test_lists_older_than_a_day_are_signed_anew_and_keep_what_they_revoke(tmp_path):
    folder = tmp_path / "keys"
    development.create_authorities(folder, world.NOW)
    ring = key_ring.load(folder)
    pdf = development_files.pdf_chain(ring, world.NOW)
    seal = development_files.seal_chain(ring, world.NOW)
    revoked = certificates.Revocation(77, world.NOW, x509.ReasonFlags.key_compromise)
    lifetime = timedelta(days=30)
    (folder / "crls/pdf.crl").write_bytes(
        certificates.issue_crl(pdf.root, pdf.key, [revoked], world.NOW, lifetime)
    )
    (folder / "crls/seal.crl").write_bytes(
        sm2_certificates.build_crl(
            issuer=sm2_certificates.parse(seal.root).subject,
            issuer_key=seal.key,
            number=1,
            this_update=world.NOW - certificates.BACKDATED,
            next_update=world.NOW + lifetime,
            revoked=[sm2_certificates.Revoked(78, world.NOW, 1)],
        )
    )
    before = files(folder)
    later = world.NOW + timedelta(days=1)
    development.refresh_crls(folder, later)
    after = files(folder)
    assert {name for name in after if after[name] != before[name]} == {
        "crls/pdf.crl",
        "crls/seal.crl",
    }
    assert certificates.revocations(after["crls/pdf.crl"]) == (revoked,)
    assert sm2_certificates.parse_crl(after["crls/seal.crl"]).revoked[78].reason == 1
    for name in ("crls/pdf.crl", "crls/seal.crl"):
        assert certificates.crl_issued_at(after[name]) == later


def test_a_damaged_list_is_not_replaced_in_silence(tmp_path):
    folder = tmp_path / "keys"
    development.create_authorities(folder, world.NOW)
    (folder / "crls/pdf.crl").write_bytes(b"noise")
    with pytest.raises(MalformedCertificate):
        development.refresh_crls(folder, world.NOW + timedelta(days=2))
    assert (folder / "crls/pdf.crl").read_bytes() == b"noise"


# --- several at once, and killed in between ---------------------------------------------------

MAKE = f"""
import sys
sys.path[:0] = [{str(ROOM)!r}, {str(ROOM / "tests/signing")!r}]
from pathlib import Path
import p256_world as world
from signing import development
development.create_signer(
    Path(sys.argv[1]), world.AUTHORITY, world.USCC, world.picture(), (42, 42), world.NOW
)
"""


def maker(folder):
    return subprocess.Popen([sys.executable, "-c", MAKE, folder])


def consistent(folder):
    assert set(files(folder)) == EVERYTHING
    development.load_pdf_signer(folder, USCC)
    found = development.load_seal_signer(folder, USCC)
    assert ses.parse_seal(found.seal).maker_signed()
    root = x509.load_pem_x509_certificate((folder / "pdf-root.pem").read_bytes())
    key = file_keys.p256((folder / "pdf-root.key").as_uri())
    assert root.public_key() == key.public_key
    assert [(one.id, one.role) for one in key_ring.load(folder).entries] == RING


def test_processes_at_once_make_one_authority(tmp_path):
    folder = tmp_path / "keys"
    running = [maker(folder) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    consistent(folder)


def test_threads_at_once_make_one_authority(tmp_path):
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: signer(folder), range(8)))
    consistent(folder)


class _KilledError(BaseException):
    """Stands for the process's end at that point."""


# Every file is renamed into place but the lock, and a folder is; the ring for each key anew.
STEPS = len(EVERYTHING) - 2 + 1 + 1 + len(RING)


@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize("before_renaming", [True, False])
def test_killed_at_any_step_the_next_run_completes_it(step, before_renaming, tmp_path, monkeypatch):
    """A process that is killed cleans nothing up, so neither does this one."""
    folder, steps = tmp_path / "keys", iter(range(1000))
    replace, rename = Path.replace, Path.rename

    def renaming(do):
        def stop_here(self, target):
            if next(steps) != step:
                return do(self, target)
            if not before_renaming:
                do(self, target)
            raise _KilledError

        return stop_here

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", renaming(replace))
        patched.setattr(Path, "rename", renaming(rename))
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        patched.setattr("shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(_KilledError):
            signer(folder)
    authority = folder / "authorities" / USCC
    assert not authority.exists() or len(list(authority.iterdir())) == 5
    signer(folder)
    consistent(folder)


def test_a_process_that_is_really_killed_holds_nobody_up(tmp_path):
    folder = tmp_path / "keys"
    for milliseconds in (120, 160, 200):
        process = maker(folder)
        time.sleep(milliseconds / 1000)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    signer(folder)
    consistent(folder)


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "file"
    atomic.write(path, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
