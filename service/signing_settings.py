"""The table `[signing]` of config.toml: how strong signatures are, and who stamps their time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from service.errors import Misconfigured

if TYPE_CHECKING:
    from signing.pades_levels import Level

DEFAULT_TABLE = """\
[signing]
# The level of PAdES that PDFs are signed at: B-B; with a time stamp: B-T; with the evidence for
# checking it later: B-LT; with a time stamp over that: B-LTA. From B-T on an authority (TSA) is
# asked; while it does not answer nothing is issued, and requests are continued later.
pdf_level = "B-B"
# Its address (RFC 3161), and the roots (PEM) that its time stamps are trusted by. Keep the roots of
# earlier authorities in the file: what they stamped is checked with them.
tsa_url = ""
tsa_roots = ""
# From B-LT on: the current revocation lists of its chain, in DER, one behind the other.
tsa_crls = ""
# The roots (PEM) of its TLS certificate, where the system does not know them.
tsa_tls_roots = ""
# Seconds that it may take for one time stamp; it is asked twice at most.
tsa_timeout_s = 4
# Whether the OFD's seal is stamped, too.
stamp_seals = false
"""

DEFAULT_TIMEOUT_S = 4.0

LONGEST_TIMEOUT_S = 10.0
"""The HTTP service gives up a request after 30 seconds; two tries must have failed well before."""

TRIES = 2
"""How often an authority is asked for one time stamp."""

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
WITH_EVIDENCE = LEVELS[2:]

_FILES = ("tsa_roots", "tsa_crls", "tsa_tls_roots")


@dataclass(frozen=True)
class SigningSettings:
    """How strong signatures are to be; the paths are absolute, the files were there when read."""

    pdf_level: Level = "B-B"
    tsa_url: str = ""
    tsa_roots: Path | None = None
    tsa_crls: Path | None = None
    tsa_tls_roots: Path | None = None
    tsa_timeout_s: float = DEFAULT_TIMEOUT_S
    stamp_seals: bool = False

    @property
    def needs_tsa(self) -> bool:
        """Whether anything that is issued carries a time stamp."""
        return self.pdf_level != "B-B" or self.stamp_seals


DEFAULTS = SigningSettings()
"""Nothing is asked of anybody outside."""


def read(table: Mapping[str, Any], home: Path) -> SigningSettings:
    """The settings of a table; relative paths start at `home`.

    Raises:
        Misconfigured: a value cannot be used, or one is missing that another needs.
    """
    known = set(SigningSettings.__dataclass_fields__)
    unknown = sorted(set(table) - known)
    if unknown:
        raise _wrong(", ".join(unknown), "未知配置项 (unknown setting)")
    if table.get("pdf_level", "B-B") not in LEVELS:
        raise _wrong("pdf_level", f"应为 {', '.join(LEVELS)} 之一 (must be one of these)")
    if not isinstance(table.get("stamp_seals", False), bool):
        raise _wrong("stamp_seals", "应为 true 或 false (must be true or false)")
    found = SigningSettings(
        pdf_level=table.get("pdf_level", "B-B"),
        tsa_url=_url(table.get("tsa_url", "")),
        tsa_timeout_s=_seconds(table.get("tsa_timeout_s", DEFAULT_TIMEOUT_S)),
        stamp_seals=table.get("stamp_seals", False),
        **{name: _file(name, table.get(name, ""), home) for name in _FILES},
    )
    _require_whole(found)
    return found


def _require_whole(found: SigningSettings) -> None:
    """Name what is missing for the level asked for: it shall not be found out while issuing."""
    if found.needs_tsa and not found.tsa_url:
        raise _wrong("tsa_url", "须设置，否则无法加盖时间戳 (needed for time stamps)")
    if found.tsa_url and found.tsa_roots is None:
        raise _wrong("tsa_roots", "须设置，否则时间戳无法核验 (needed to check time stamps)")
    if found.pdf_level in WITH_EVIDENCE and found.tsa_crls is None:
        raise _wrong("tsa_crls", f"{found.pdf_level} 须设置 (needed for that level)")


def _url(value: object) -> str:
    if value == "":
        return ""
    try:
        parts = urlsplit(str(value))
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = None
    if not isinstance(value, str) or not sound or parts.username is not None:
        # It is not repeated: somebody may have put a password there.
        raise _wrong(
            "tsa_url", "应为 http(s) 地址，不带用户名 (must be an address, without a user)"
        )
    return value


def _file(name: str, value: object, home: Path) -> Path | None:
    if value == "":
        return None
    if not isinstance(value, str) or not (home / value).is_file():
        raise _wrong(name, f"没有此文件 (no such file): {value!r}")
    return home / value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong("tsa_timeout_s", f"应为数字 (must be a number): {value!r}")
    if not 0 < value <= LONGEST_TIMEOUT_S:
        raise _wrong("tsa_timeout_s", f"应大于 0，至多 {LONGEST_TIMEOUT_S:g} 秒 (out of range)")
    return float(value)


def _wrong(name: str, message: str) -> Misconfigured:
    return Misconfigured(f"config.toml: signing.{name}: {message}")
