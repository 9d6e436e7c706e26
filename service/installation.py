"""One installation: its settings, its register, its documents and its keys, opened together.

On first use the home folder is made, with a development CA, keys and an access key for the
approvals interface. In production mode nothing is made up: what is missing is named.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from service import settings as settings_file
from service.clock import now
from service.database import Database
from service.documents import DocumentStore
from service.errors import Misconfigured
from service.register import SqlRegister
from service.settings import Settings
from signing import atomic

if TYPE_CHECKING:
    from renderer.seal_art import SealArt
    from service.platform.port import Platform
    from service.press import AuthoritySeal
    from signing.p256 import P256Key
    from signing.trust import TrustAnchors

TOKEN_FILE = "api-development.token"  # noqa: S105 - a file's name
RING_FILE = "ring.json"
CRL_FILES = ("crls/pdf.crl", "crls/seal.crl")
"""The development CA's first revocation lists; being a day old, all are signed anew."""

ANCHORS_KEPT = timedelta(minutes=10)
"""When they are read anew at the latest; a change of the ring or of a list is noticed at once."""

SEAL_DIAMETER_MM = 42.0
"""The usual size of a government department's seal."""


class Installation:
    """What the other modules work with; parts are opened when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._faces: dict[bytes, tuple[str, SealArt]] = {}
        self._anchors: tuple[datetime, Hashable, TrustAnchors] | None = None

    @classmethod
    def open(cls, home: Path | None = None) -> Installation:
        """Open the installation at `home` (default: `$SEALPRESS_HOME`), making it if it is new.

        Raises:
            Misconfigured: a setting is wrong, or in production something is missing.
        """
        folder = home or settings_file.home_folder()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"无法建立目录 (cannot make the folder): {error}") from error
        config = folder / "config.toml"
        if not config.exists():
            with _lock(folder):
                if not config.exists():
                    atomic.write(config, settings_file.DEFAULT_CONFIG.encode())
        settings = settings_file.load(folder)
        settings.use_fonts()
        settings.use_keys()
        return cls(settings)

    @cached_property
    def database(self) -> Database:
        """The register's database, its schema up to date."""
        database = Database(self.settings.database_url)
        database.endpoints = self.settings.webhooks.endpoints
        with _lock(self.settings.home):
            database.migrate()
        if self.settings.work.broker:
            from service.work import queue

            database.wake = queue.Teller(self.settings.work)
        return database

    @cached_property
    def register(self) -> SqlRegister:
        """The register, for reading."""
        return SqlRegister(self.database)

    @cached_property
    def platform(self) -> Platform:
        """Who assigns codes and takes certificates in for what is issued from now on."""
        from service.platform import choice

        return choice.of(self.settings.platform)

    @cached_property
    def documents(self) -> DocumentStore:
        """The finished files."""
        return DocumentStore(self.settings.home / "documents")

    @cached_property
    def keys(self) -> Path:
        """The folder of keys; in development its authorities are made if they are missing.

        Raises:
            Misconfigured: production, and there are none.
        """
        folder = self.settings.keys
        if self.settings.development:
            self._develop(folder)
        elif not folder.is_dir():
            raise Misconfigured(
                "生产模式下未找到密钥目录 keys/，请先导入密钥 "
                "(no keys in production mode: `sealpress keys import`)"
            )
        return folder

    def anchors(self) -> TrustAnchors:
        """What signatures are checked against: roots, revocation lists, code keys.

        Read anew every `ANCHORS_KEPT`, since a server outlives a revocation list, and whenever a
        key or a list changed.
        """
        moment, kept = now(), self._anchors
        state = _state_of_trust(self.settings.keys)
        if kept is None or kept[1] != state or moment - kept[0] > ANCHORS_KEPT:
            from signing import trust

            folder = self.keys
            if self.settings.development:
                self._develop(folder)
            roots, crls = self.time_stamp_authorities()
            origin = self.settings.log_origin
            anchors = trust.of_keys(folder, tsa_roots=roots, tsa_crls=crls, origin=origin)
            kept = moment, _state_of_trust(folder), anchors
            self._anchors = kept
        return kept[2]

    def time_stamp_authorities(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Roots and revocation lists (DER) of those whose time stamps are believed, as of now.

        Raises:
            signing.trust.BrokenTrust: a file that the settings name cannot be used.
        """
        from signing import trust

        asked = self.settings.signing
        return trust.time_stamp_authorities(asked.tsa_roots, asked.tsa_crls)

    @property
    def code_key(self) -> P256Key:
        """The key that signs the codes now."""
        from signing import key_folder

        return key_folder.code_key(self.keys)

    @property
    def receipt_key(self) -> P256Key:
        """The key that signs receipts and answers now.

        Raises:
            signing.errors.SigningError: there is none, or it cannot be used.
        """
        from signing import key_folder
        from signing.key_ring import NoActiveKey

        folder = self.keys
        try:
            return key_folder.receipt_key(folder)
        except NoActiveKey:
            if not self.settings.development:
                raise
        from signing import development  # a folder from before there were receipts

        with _lock(self.settings.home):
            development.create_authorities(folder, now())
        return key_folder.receipt_key(folder)

    def authority_seal(self, name: str, code: str) -> AuthoritySeal:
        """What the authority with that USCC signs with now; made on first use in development.

        Raises:
            Misconfigured: the authority has no active keys and seal; in development, only where
                they were retired or revoked.
            signing.errors.SigningError: its keys cannot be used.
        """
        from service.press import AuthoritySeal
        from signing import key_folder
        from signing.key_ring import NoActiveKey

        folder = self.keys
        if self.settings.development:
            self._develop_authority(folder, name, code)
        try:
            seal, pdf = (
                key_folder.load_seal_signer(folder, code),
                key_folder.load_pdf_signer(folder, code),
            )
        except NoActiveKey as error:
            raise Misconfigured(
                f"发证机关 {code} 没有可用的密钥和印章 (no keys and seal): {error}"
            ) from error
        sealed_name, art = self._face(seal.seal)
        return AuthoritySeal(name=sealed_name, pdf=pdf, seal=seal, art=art)

    def readiness(self) -> dict[str, bool]:
        """Which parts work, by name."""
        return {name: _works(part) for name, part in self.parts().items()}

    def parts(self) -> dict[str, Callable[[], object]]:
        """What must work: the register answers, documents can be written, keys are there."""
        return {
            "register": lambda: self.register.by_document(""),
            "documents": self.documents.probe,
            "keys": self.anchors,
        }

    def export_trust(self, folder: Path) -> list[Path]:
        """Write what others need to check our files without us; gives the files written."""
        from service import status_publishing
        from signing import trust

        self.refresh_trust(self.register.issuing_authorities())
        if folder.resolve() != (self.settings.home / "trust").resolve():
            trust.write(self.anchors(), folder)
            status_publishing.copy(self, folder)
        return sorted(path for path in folder.rglob("[!.]*") if path.is_file())

    def refresh_trust(self, authorities: Iterable[str] = ()) -> None:
        """Bring the home's own copy of the exported trust up to date, for `verify --offline`.

        The status list of all is signed anew, and so are those of the `authorities` (USCC).
        """
        from service import status_publishing
        from signing import trust

        moment = now()
        trust.write(self.anchors(), self.settings.home / "trust")
        status_publishing.publish(self, moment, authorities)
        status_publishing.refresh(self, moment)
        self._sign_checkpoint()

    def _sign_checkpoint(self) -> None:
        """Sign what the log has grown by; whoever has no key for that is told, and goes on."""
        from service.transparency import checkpoints
        from signing.errors import SigningError

        try:
            checkpoints.sign_if_grown(self)
        except SigningError as error:
            logging.getLogger("sealpress").warning("log: no checkpoint: %s", error)

    def _develop(self, folder: Path) -> None:
        """Make what is missing of the development keys, and renew the revocation lists daily.

        The token is made last, so with it all is there; then `signing.development` need not be
        loaded, which would take a tenth of the time in which a file is verified.
        """
        token = folder / TOKEN_FILE
        lists = {folder / name for name in CRL_FILES} | set((folder / "crls").glob("*.crl"))
        if token.exists() and _younger_than_a_day(lists):
            return
        from signing import development

        with _lock(self.settings.home):
            development.create_authorities(folder, now())
            development.refresh_crls(folder, now())
            _make_token(token)

    def _develop_authority(self, folder: Path, name: str, code: str) -> None:
        """Make an authority's keys and seal, unless it has or had some."""
        from signing import key_ring
        from signing.key_entry import Role

        if key_ring.load(folder).of(Role.SEAL_SIGNER, code):
            return
        from renderer import raster, seal_art
        from signing import development

        art = seal_art.draw(name, SEAL_DIAMETER_MM)
        size = (art.diameter, art.diameter)
        with _lock(self.settings.home):
            development.create_signer(folder, name, code, raster.seal_png(art), size, now())

    def _face(self, seal: bytes) -> tuple[str, SealArt]:
        """The name in a seal and its picture for the page, drawn once for each seal."""
        if seal not in self._faces:
            from renderer import seal_art
            from signing import ses_parse

            name = ses_parse.parse_seal(seal).property.name
            self._faces[seal] = name, seal_art.draw(name, SEAL_DIAMETER_MM)
        return self._faces[seal]


def _works(part: Callable[[], object]) -> bool:
    """Whether something can be asked without an error of any kind; the kind is logged."""
    try:
        part()
    except Exception as error:
        logging.getLogger("sealpress").warning("not ready: %s", type(error).__name__)
        return False
    return True


def _state_of_trust(folder: Path) -> Hashable:
    """Changes when a key or a revocation list of the folder does."""
    found = []
    # Every request asks: plain texts for paths, and no pattern, are ten times as quick.
    with suppress(FileNotFoundError):
        found.append(_state_of(RING_FILE, os.stat(f"{folder}/{RING_FILE}")))  # noqa: PTH116
    with suppress(FileNotFoundError), os.scandir(f"{folder}/crls") as entries:
        found += [_state_of(one.name, one.stat()) for one in entries if one.name.endswith(".crl")]
    return frozenset(found)


def _state_of(name: str, state: os.stat_result) -> Hashable:
    return name, state.st_ino, state.st_size, state.st_mtime_ns


def _younger_than_a_day(paths: Iterable[Path]) -> bool:
    """Whether all files are there and were written within the last day."""
    day_ago = now().timestamp() - timedelta(days=1).total_seconds()
    return all(path.exists() and path.stat().st_mtime > day_ago for path in paths)


def _make_token(path: Path) -> None:
    if not path.exists():
        atomic.write(path, f"{secrets.token_urlsafe(32)}\n".encode())


def _lock(folder: Path) -> AbstractContextManager[None]:
    """One process at a time makes what is made on first use. Taken twice, it waits for itself."""
    return atomic.lock(folder / ".lock")
