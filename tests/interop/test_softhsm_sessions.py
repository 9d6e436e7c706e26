"""Sessions, tokens and libraries that get lost are opened anew; threads and children share none."""

import ctypes
import subprocess
import sys
import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11.exceptions import PKCS11Error

from signing import keys, pkcs11_module, pkcs11_token
from signing.errors import KeyUnavailable
from signing.pkcs11_uri import TokenName

from .soft_hsm import MODULE
from .token_keys import MESSAGE, P256, calls_of_library, refused, slot_of, verify

pytestmark = pytest.mark.interop


def test_lost_sessions_are_opened_anew_without_disturbing_other_tokens(hsm):
    uri = hsm.uri("object=pdf")
    key, before = keys.document(uri), None
    module = pkcs11_module.load(MODULE)
    generation = module.generation
    for _ in range(2):
        with module.use():
            calls_of_library().C_CloseAllSessions(ctypes.c_ulong(slot_of("seals")))
        verify(key, key.sign(MESSAGE))
        assert module.generation == generation
        assert keys.document(uri) is not before
        before = keys.document(uri)


def test_sessions_opened_since_a_loss_are_not_closed_for_it(hsm):
    key = keys.document(hsm.uri("object=pdf"))
    place = pkcs11_token.sessions(MODULE, TokenName("seals"), hsm.pin)
    lost = place.epoch
    place.drop(lost)
    key.sign(MESSAGE)
    epoch, opened = place.epoch, place._opened
    place.drop(lost)
    assert (place.epoch, place._opened) == (epoch, opened) == (lost + 1, 1)


def test_a_library_closed_by_another_is_opened_anew(hsm):
    key = keys.document(hsm.uri("object=pdf"))
    calls_of_library().C_Finalize(None)
    verify(key, key.sign(MESSAGE))


def test_a_token_taken_away_is_an_error_and_back_again_it_signs(hsm):
    uri = hsm.uri("object=pdf")
    key = keys.document(uri)
    hsm.take_away()
    for _ in range(2):
        with pytest.raises(KeyUnavailable, match=r"no such token|no private key"):
            key.sign(MESSAGE)
        refused("no such token|no private key", uri)
    hsm.bring_back()
    verify(key, key.sign(MESSAGE))
    assert keys.document(uri).public_key == P256.public_key()


def test_a_library_is_not_opened_anew_all_the_time(hsm, monkeypatch):
    key = keys.document(hsm.uri("object=pdf"))
    hsm.take_away()
    monkeypatch.setattr(pkcs11_module, "RENEWAL_PAUSE_S", 3600.0)
    module = pkcs11_module.load(MODULE)
    generation = module.generation
    for _ in range(3):
        with pytest.raises(KeyUnavailable):
            key.sign(MESSAGE)
    assert module.generation == generation


def test_another_key_in_the_place_of_a_loaded_one_is_refused_until_loaded_anew(hsm):
    uri = hsm.uri("object=pdf")
    key = keys.document(uri)
    for kind in ("privkey", "pubkey"):
        hsm.tool("seals", "--delete-object", "--type", kind, "--label", "pdf")
    new = ec.generate_private_key(ec.SECP256R1())
    hsm.add_key("seals", "pdf", "01", new)
    with pytest.raises(KeyUnavailable, match="another key stands in its place"):
        key.sign(MESSAGE)
    renewed = keys.document(uri)
    assert renewed.public_key == new.public_key()
    verify(renewed, renewed.sign(MESSAGE))


def test_many_threads_sign_at_once(hsm):
    loaded = [keys.document(hsm.uri(f"object={name}")) for name in ("pdf", "rsa")]
    most, failed = [], []
    place = pkcs11_token.sessions(MODULE, TokenName("seals"), hsm.pin)

    def sign(key, number):
        try:
            for at in range(20):
                message = f"{number} {at}".encode()
                verify(key, key.sign(message), message)
                most.append(place._opened)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=sign, args=(loaded[n % 2], n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert 1 < max(most) <= pkcs11_token.MAX_SESSIONS


def test_threads_recover_together_from_lost_sessions(hsm):
    key, failed, stop = keys.document(hsm.uri("object=pdf")), [], threading.Event()

    def sign():
        try:
            while not stop.is_set():
                verify(key, key.sign(MESSAGE))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=sign) for _ in range(3)]
    for thread in threads:
        thread.start()
    module = pkcs11_module.load(MODULE)
    for _ in range(5):
        time.sleep(0.02)
        with module.alone():
            module.close_sessions(slot_of("seals"))
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_token_of_few_sessions_makes_threads_wait(hsm, monkeypatch):
    key = keys.document(hsm.uri("object=pdf"))
    place = pkcs11_token.sessions(MODULE, TokenName("seals"), hsm.pin)
    opened = place._open

    def no_more(uri):
        if place._opened:
            raise pkcs11_token.SessionCount
        return opened(uri)

    monkeypatch.setattr(place, "_open", no_more)
    results = []
    threads = [threading.Thread(target=lambda: results.append(key.sign(MESSAGE))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6


def test_a_session_that_never_comes_back_is_an_error(hsm, monkeypatch):
    key = keys.document(hsm.uri("object=pdf"))
    monkeypatch.setattr(pkcs11_token, "WAIT_S", 0.05)
    monkeypatch.setattr(pkcs11_module, "PATIENCE_S", 0.05)
    place = pkcs11_token.sessions(MODULE, TokenName("seals"), hsm.pin)
    held = [place.lend("one") for _ in range(pkcs11_token.MAX_SESSIONS)]
    for one in held:
        one.__enter__()
    with pytest.raises(KeyUnavailable, match="busy"):
        key.sign(MESSAGE)
    with pytest.raises(PKCS11Error, match="does not come back"):
        place.drop(place.epoch)
    for one in held:
        one.__exit__(None, None, None)
    verify(key, key.sign(MESSAGE))


FORKING = """
import os, sys
from signing import keys
from signing import pkcs11_token
key = keys.document(sys.argv[1])
(place,) = pkcs11_token._known.values()
idle, epoch, generation = place._idle, place.epoch, place.module.generation
for lock in (place._opening, place.module._change, place._free, pkcs11_token._knowing):
    lock.acquire()  # as if another thread had them, which is not in the child
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        code = 1
        try:
            again = keys.document(sys.argv[1])
            assert again is not key
            assert place._idle is not idle
            assert place.epoch > epoch
            assert place.module.generation > generation
            for one in (key, again):
                one.public_key.verify(one.sign(b"m"), b"m", __import__("signing.p256").p256._ES256)
            code = 0
        finally:
            os._exit(code)
    children.append(child)
for lock in (place._opening, place.module._change, place._free):
    lock.release()
key.sign(b"m")
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_children_of_a_process_open_sessions_of_their_own(hsm):
    command = [sys.executable, "-c", FORKING, hsm.uri("object=pdf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
