"""One installation: its settings, its register, its documents and its keys, opened together.

On first use the home folder is made, with a development CA, keys and an access key for the
approvals interface. In production mode nothing is made up: what is missing is named.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
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
    from service.press import AuthoritySeal
    from signing.p256 import P256Key
    from signing.trust import TrustAnchors

TOKEN_FILE = "api-development.token"  # noqa: S105 - a file's name
CRL_FILES = ("crls/pdf.crl", "crls/seal.crl")
"""The development CA's revocation lists; being a day old, they are signed anew."""

ANCHORS_KEPT = timedelta(minutes=10)
"""How long a revocation may go unnoticed by a running server."""

SEAL_DIAMETER_MM = 42.0
"""The usual size of a government department's seal."""


class Installation:
    """What the other modules work with; parts are opened when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._seals: dict[str, AuthoritySeal] = {}
        self._anchors: tuple[datetime, TrustAnchors] | None = None

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
        return cls(settings)

    @cached_property
    def database(self) -> Database:
        """The register's database, its schema up to date."""
        database = Database(self.settings.database_url)
        with _lock(self.settings.home):
            database.migrate()
        return database

    @cached_property
    def register(self) -> SqlRegister:
        """The register, for reading."""
        return SqlRegister(self.database)

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
            raise Misconfigured("生产模式下未找到密钥目录 keys/ (no keys in production mode)")
        return folder

    def anchors(self) -> TrustAnchors:
        """What signatures are checked against: roots, revocation lists, code keys.

        Read anew every `ANCHORS_KEPT`, since a server outlives a revocation list.
        """
        moment = now()
        if self._anchors is None or moment - self._anchors[0] > ANCHORS_KEPT:
            from signing import trust

            folder = self.keys
            if self.settings.development:
                self._develop(folder)
            self._anchors = moment, trust.of_keys(folder)
        return self._anchors[1]

    @cached_property
    def code_key(self) -> P256Key:
        """The key that signs the codes."""
        from signing import key_folder

        return key_folder.code_key(self.keys)

    def authority_seal(self, name: str, code: str) -> AuthoritySeal:
        """What the authority with that USCC signs with; made on first use in development.

        Raises:
            Misconfigured: production, and the authority has no keys and seal.
            signing.errors.SigningError: its keys cannot be used.
        """
        if code not in self._seals:
            self._seals[code] = self._load_seal(name, code)
        return self._seals[code]

    def status_list(self, moment: datetime) -> str:
        """The signed status list as it stands at that moment (a JWT)."""
        from signing import key_folder, status_list

        cancelled, bits = self.register.cancelled_indices(moment)
        return status_list.encode(
            cancelled,
            bits,
            uri=f"{self.settings.base_url}/trust/status-list.jwt",
            sequence=int(moment.timestamp()),
            issued_at=moment,
            key=key_folder.list_key(self.keys),
        )

    def readiness(self) -> dict[str, bool]:
        """Which parts work: the register answers, documents can be written, keys are there."""
        parts = {
            "register": lambda: self.register.by_document(""),
            "documents": self.documents.probe,
            "keys": self.anchors,
        }
        return {name: _works(part) for name, part in parts.items()}

    def export_trust(self, folder: Path) -> list[Path]:
        """Write what others need to check our files without us; gives the files written."""
        from signing import trust

        folder.mkdir(parents=True, exist_ok=True)
        trust.export(self.keys, folder, self.status_list(now()))
        return sorted(folder.iterdir())

    def refresh_trust(self) -> None:
        """Bring the home's own copy of the exported trust up to date, for `verify --offline`."""
        self.export_trust(self.settings.home / "trust")

    def _develop(self, folder: Path) -> None:
        """Make what is missing of the development keys, and renew the revocation lists daily.

        The token is made last, so with it all is there; then `signing.development` need not be
        loaded, which would take a tenth of the time in which a file is verified.
        """
        token = folder / TOKEN_FILE
        if token.exists() and _younger_than_a_day(folder / name for name in CRL_FILES):
            return
        from signing import development

        with _lock(self.settings.home):
            development.create_authorities(folder, now())
            development.refresh_crls(folder, now())
            _make_token(token)

    def _load_seal(self, name: str, code: str) -> AuthoritySeal:
        from renderer import raster, seal_art
        from service.press import AuthoritySeal
        from signing import development, key_folder, ses_parse

        folder = self.keys
        if not (folder / "authorities" / code).is_dir():
            if not self.settings.development:
                raise Misconfigured(f"发证机关 {code} 没有密钥和印章 (no keys and seal)")
            art = seal_art.draw(name, SEAL_DIAMETER_MM)
            size = (art.diameter, art.diameter)
            with _lock(self.settings.home):
                development.create_signer(self.keys, name, code, raster.seal_png(art), size, now())
        signer = key_folder.load_seal_signer(folder, code)
        sealed_name = ses_parse.parse_seal(signer.seal).property.name
        return AuthoritySeal(
            name=sealed_name,
            pdf=key_folder.load_pdf_signer(folder, code),
            seal=signer,
            art=seal_art.draw(sealed_name, SEAL_DIAMETER_MM),
        )


def _works(part: Callable[[], object]) -> bool:
    """Whether something can be asked without an error of any kind; the kind is logged."""
    try:
        part()
    except Exception as error:
        logging.getLogger("sealpress").warning("not ready: %s", type(error).__name__)
        return False
    return True


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
