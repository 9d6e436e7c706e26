"""Access keys of approval systems, as tests of several of them need them."""

from __future__ import annotations

from flask.testing import FlaskClient

from service import access_file
from service.access import digest
from service.access_file import AccessKey
from service.app import create_app
from service.installation import TOKEN_FILE, Installation

NANNING, SHENYANG = "11450100MB0000001Q", "11210100MB0000002X"


def client_with(token: str, installation: Installation) -> FlaskClient:
    """An approval system with that key."""
    client = create_app(installation).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def development_client(installation: Installation) -> FlaskClient:
    """An approval system with the key that is made on first use; it is bound to nothing."""
    return client_with((installation.keys / TOKEN_FILE).read_text().strip(), installation)


def token_of(name: str) -> str:
    """The key of that name; made of it, so that a test can say whose key it means."""
    return f"{name}-".ljust(43, "k")


def give_key(installation: Installation, name: str, **what: object) -> str:
    """Enter a key of that name; gives the key."""
    token = token_of(name)
    access_file.add(
        installation.settings.home,
        AccessKey(name, digest(token), **what),  # type: ignore[arg-type]
    )
    return token
