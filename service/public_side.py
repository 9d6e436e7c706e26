"""The public side: what it reads, and that it cannot write or sign.

Apart (`sealpress serve --side public`) it needs the register to read and the exported trust, which
the approvals side keeps up to date: no key, and no right to write. Together with the approvals side
its register is opened for reading only all the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from service import settings as settings_file
from service.database import Database
from service.errors import Misconfigured
from service.installation import Installation
from service.register import SqlRegister
from verify.defence import Defence
from verify.isolation import Helpers

if TYPE_CHECKING:
    from flask import Flask

    from signing.p256 import P256Key
    from signing.trust import TrustAnchors


EXTENSION = "sealpress_helpers"
"""Where an application keeps the processes that examine files for it."""


def helpers(app: Flask) -> Helpers:
    """The processes that examine strangers' files for an application; none is started yet."""
    made: Helpers = app.extensions.setdefault(EXTENSION, Helpers())
    return made


def register(installation: Installation) -> SqlRegister:
    """The register as the public routes have it: to read, though this process may write."""
    if isinstance(installation, PublicInstallation):
        return installation.register
    reader = installation.database.reader(installation.settings.public_database_url)
    return SqlRegister(reader)


def defence(installation: Installation, helpers: Helpers) -> Defence:
    """How the public routes of an installation are defended."""
    asked = installation.settings.public
    return Defence(
        proxies=asked.proxies,
        rates=asked.rates,
        rate_store=asked.rate_store,
        examine=helpers.examine,
    )


def answer_key(installation: Installation) -> Callable[[], P256Key] | None:
    """What signs answers about a status; None where there are no keys."""
    if isinstance(installation, PublicInstallation):
        return None
    return lambda: installation.receipt_key


class PublicInstallation(Installation):
    """An installation as a public side without keys has it: nothing is made, nothing written."""

    @classmethod
    def open(cls, home: Path | None = None) -> PublicInstallation:
        """Open the installation at `home` (default: `$SEALPRESS_HOME`).

        Raises:
            Misconfigured: there is none yet, or a setting is wrong.
        """
        settings = settings_file.load(home or settings_file.home_folder())
        settings.use_fonts()
        return cls(settings)

    @cached_property
    def database(self) -> Database:
        """The register's database, for reading, by the public side's own address if it has one.

        Raises:
            Misconfigured: it cannot be reached, or the approvals side has not made it yet.
        """
        database = Database(self.settings.public_database_url, read_only=True)
        database.require_schema()
        return database

    @cached_property
    def register(self) -> SqlRegister:
        """The register, for reading."""
        return SqlRegister(self.database)

    @cached_property
    def keys(self) -> Path:
        """There are none here; raises Misconfigured."""
        raise Misconfigured("公开侧没有密钥 (the public side has no keys)")

    def anchors(self) -> TrustAnchors:
        """What signatures are checked against, as the approvals side exported it last.

        Raises:
            Misconfigured: nothing was exported yet, or it cannot be used.
        """
        from signing import trust

        folder = self.settings.home / "trust"
        state = _state(folder)
        if self._exported is None or self._exported[0] != state:
            try:
                self._exported = state, trust.load(folder)
            except trust.BrokenTrust as error:
                raise Misconfigured(
                    "未找到可用的公开信任材料，请先启动办证侧 "
                    f"(no exported trust: start the approvals side first): {error.reason}"
                ) from None
        return self._exported[1]

    def parts(self) -> dict[str, Callable[[], object]]:
        """What must work here: the register answers, and the exported trust can be used."""
        return {"register": lambda: self.register.by_document(""), "trust": self.anchors}

    _exported: tuple[Hashable, TrustAnchors] | None = None


def _state(folder: Path) -> Hashable:
    """Changes when an exported root, list or key does."""
    found = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:  # every request asks: five times as quick as `Path.glob`
            if entry.name.endswith((".pem", ".crl", ".json")):
                state = entry.stat()
                found.append((entry.name, state.st_ino, state.st_size, state.st_mtime_ns))
    return frozenset(found)
