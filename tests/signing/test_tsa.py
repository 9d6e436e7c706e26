"""Asking a time stamping authority: what it says is checked, and it is given only so much time."""

import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import tsa_server
import tsa_world as world
from asn1crypto import tsp

from signing import tsa
from signing.errors import TimeStampUnavailable
from signing.tsa import Tsa

MESSAGE = b"message"


@pytest.fixture
def server():
    with tsa_server.serving() as running:
        yield running


def refused(asking, match, *, retryable):
    """Asks, and holds what the refusal says; gives the seconds that it took."""
    begin = time.monotonic()
    with pytest.raises(TimeStampUnavailable, match=match) as caught:
        asking.stamp(MESSAGE)
    assert caught.value.retryable is retryable
    assert asking.url in str(caught.value)
    return time.monotonic() - begin


def test_a_token_comes_back_and_is_good(server):
    token = server.tsa().stamp(MESSAGE)
    moment = tsa.check(token, MESSAGE, world.roots(), (world.crl(),), datetime.now(UTC))
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_the_request_is_as_the_standard_has_it(server, hash_name):
    server.tsa(hash=hash_name, policy=world.POLICY).stamp(MESSAGE)
    server.tsa(hash=hash_name).stamp(MESSAGE)
    first, second = (tsp.TimeStampReq.load(asked, strict=True) for asked in server.asked)
    expected = world.question(MESSAGE, hash_name)["message_imprint"]["hashed_message"].native
    assert first["message_imprint"]["hashed_message"].native == expected
    assert first["message_imprint"]["hash_algorithm"]["algorithm"].native == hash_name
    assert first["cert_req"].native is True
    assert first["version"].native == "v1"
    assert first["req_policy"].native == world.POLICY
    assert second["req_policy"].native is None
    assert first["nonce"].native != second["nonce"].native
    assert max(first["nonce"].native, second["nonce"].native) > 2**100


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda info: info | {"nonce": 1}, "another request"),
        (lambda info: {key: value for key, value in info.items() if key != "nonce"}, "another"),
        (
            lambda info: info | {"message_imprint": world.question(b"x")["message_imprint"]},
            "something else",
        ),
        (
            lambda info: (
                info | {"message_imprint": world.question(MESSAGE, "sha512")["message_imprint"]}
            ),
            "something else",
        ),
        (lambda info: info | {"policy": "1.2.3"}, "policy 1.2.3"),
    ],
)
def test_an_answer_to_something_else_is_refused_and_not_asked_for_again(server, change, match):
    server.how = world.Answering(change_info=change)
    refused(server.tsa(policy=world.POLICY), match, retryable=False)
    assert len(server.asked) == 1


@pytest.mark.parametrize("away", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=-3650)])
def test_an_authority_whose_clock_is_wrong_is_refused(server, away):
    server.how = world.Answering(clock=lambda: datetime.now(UTC) + away)
    refused(server.tsa(), "clock|not trusted", retryable=False)


def test_the_clock_to_compare_with_may_be_given(server):
    past = datetime(2025, 1, 1, tzinfo=UTC)
    server.how = world.Answering(clock=lambda: past)
    assert tsa.parse(server.tsa(clock=lambda: past).stamp(MESSAGE)).moment == past


def test_an_authority_of_another_root_is_refused(server):
    refused(server.tsa(roots=world.roots("other")), "not trusted", retryable=False)
    refused(server.tsa(roots=()), "no root", retryable=False)


def reply(**values):
    return lambda _asked: tsa_server.Reply(**({"body": [b""]} | values))


@pytest.mark.parametrize(
    ("rubbish", "match"),
    [
        (reply(body=[b""], length=0), "none of RFC 3161"),
        (reply(body=[b"<html>hello</html>"]), "none of RFC 3161"),
        (reply(body=[b"0\x03\x02\x01\x00"]), "none of RFC 3161"),
        (reply(body=[b"0\x05\x30\x03\x02\x01\x00"]), "none of RFC 3161"),
        (reply(body=[b"0\x07\x30\x03\x02\x01\x00\x30\x00"]), "none of RFC 3161"),
        (reply(body=[world.token(MESSAGE)]), "none of RFC 3161"),
        (reply(body=[bytes(65_537)]), "larger than 65536 bytes"),
        (reply(body=[b"<html>hello</html>"], content_type="text/html"), "text/html"),
        (reply(status=404), "HTTP status 404"),
        (reply(status=301), "HTTP status 301"),
    ],
)
def test_rubbish_is_a_clear_error_and_not_asked_for_again(server, rubbish, match):
    server.replies.append(rubbish)
    refused(server.tsa(), match, retryable=False)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(server, status):
    server.replies += [reply(status=status)] * 2
    assert server.tsa().stamp(MESSAGE)
    assert len(server.asked) == 3
    server.replies += [reply(status=status)] * 3
    refused(server.tsa(), f"HTTP status {status}", retryable=True)
    assert not server.replies


def test_each_try_has_a_nonce_of_its_own(server):
    server.replies.append(reply(status=503))
    server.tsa().stamp(MESSAGE)
    first, second = (tsp.TimeStampReq.load(asked)["nonce"].native for asked in server.asked)
    assert first != second


@pytest.mark.parametrize(
    ("failure", "text", "retryable", "match"),
    [
        ("bad_alg", None, False, "does not know the digest"),
        ("unaccepted_policy", "wo\x07rds", False, "wo rds"),
        ("time_not_available", None, True, "source of time"),
        ("system_failure", "later", True, "later"),
        (None, None, False, "without saying why"),
    ],
)
def test_a_refusal_is_told_in_words(server, failure, text, retryable, match):
    server.how = world.Answering(status="rejection", failure=failure, text=text)
    refused(server.tsa(), match, retryable=retryable)
    assert len(server.asked) == (3 if retryable else 1)


def test_a_stamp_granted_with_modifications_is_one(server):
    server.how = world.Answering(status="granted_with_mods")
    assert server.tsa().stamp(MESSAGE)


def test_an_authority_that_hangs_costs_its_time_and_no_more(server):
    server.replies += [server.hang] * 2
    took = refused(server.tsa(timeout_s=0.3, tries=2), "within 0.3 s", retryable=True)
    assert 0.6 <= took < 5


def dribble(_asked):
    def bytes_one_by_one():
        for _ in range(1000):
            time.sleep(0.05)
            yield b"\x30"

    return tsa_server.Reply(bytes_one_by_one())


def test_an_authority_that_dribbles_costs_no_more_either(server):
    """Every byte comes within the time-out; all of them together do not."""
    server.replies.append(dribble)
    took = refused(server.tsa(timeout_s=0.4, tries=1), "within 0.4 s", retryable=True)
    assert took < 5


def test_an_answer_that_is_cut_off_is_asked_for_again(server):
    server.replies.append(reply(body=[b"0"], length=900))
    assert server.tsa().stamp(MESSAGE)
    assert len(server.asked) == 2


@contextmanager
def listening(answer=b""):
    """A socket that takes connections, says something that may be no HTTP, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            try:
                while True:
                    line, _ = listener.accept()
                    with line:
                        line.recv(4096)
                        line.sendall(answer)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("answer", "match", "retryable"),
    [
        (b"", "connection failed", True),
        (b"SSH-2.0-OpenSSH\r\n", "connection failed", True),
        (b"HTTP/1.1 200 OK\r\nContent-", "it answers with text/plain", False),
    ],
)
def test_a_server_of_another_kind_is_named(answer, match, retryable):
    with listening(answer) as url:
        refused(Tsa(url, world.roots(), tries=1, timeout_s=5), match, retryable=retryable)


def test_an_authority_that_is_not_there_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    refused(Tsa(url, world.roots(), tries=2, back_off_s=0.01), "connection failed", retryable=True)


def test_an_authority_that_comes_back_is_asked_again():
    """Killed, and started again while the client waits."""
    with tsa_server.serving() as first:
        port = first.server_address[1]
        asking = first.tsa(tries=8, back_off_s=0.1)
    started = threading.Event()
    kept = []

    def come_back():
        time.sleep(0.3)
        kept.append(tsa_server.serving(port=port))
        kept[0].__enter__()
        started.set()

    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        assert asking.stamp(MESSAGE)
    finally:
        thread.join()
        kept[0].__exit__(None, None, None)
    assert started.is_set()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://127.0.0.1/",
        "http://",
        "http:///path",
        "http://h:port/",
        "http://a b/",
        "http://é/",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(TimeStampUnavailable, match="no http or https address") as caught:
        Tsa(url, world.roots()).stamp(MESSAGE)
    assert not caught.value.retryable


def test_an_address_with_a_password_is_refused_and_not_repeated():
    with pytest.raises(TimeStampUnavailable) as caught:
        Tsa("http://user:secret@127.0.0.1/", world.roots()).stamp(MESSAGE)
    assert "secret" not in str(caught.value)


def test_https_is_spoken_and_its_certificate_checked(tmp_path):
    with tsa_server.serving(tls_folder=tmp_path) as server:
        assert server.url.startswith("https:")
        assert server.tsa(ca_file=str(tmp_path / "ca.pem")).stamp(MESSAGE)
        refused(server.tsa(), "connection failed .*certificate verify failed", retryable=False)
        missing = server.tsa(ca_file=str(tmp_path / "missing.pem"))
        refused(missing, "roots of its TLS certificate", retryable=False)


def test_who_may_ask_no_time_at_all_is_told_so(server):
    refused(server.tsa(tries=0), "not be asked even once", retryable=False)


def test_reading_tokens_needs_neither_http_nor_tls():
    """`sealpress verify` reads them, and has a second for all it does."""
    code = "import sys, signing.tsa; print([m for m in ('http.client', 'ssl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_secret_and_nothing_long_is_in_its_repr(server):
    shown = repr(server.tsa())
    assert server.url in shown
    assert len(shown) < 300


def test_many_ask_at_once(server):
    tokens = []
    asking = replace(server.tsa(), tries=1)
    threads = [
        threading.Thread(target=lambda: tokens.append(asking.stamp(MESSAGE))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({tsa.parse(token).nonce for token in tokens}) == 8
