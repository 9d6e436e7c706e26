"""The settings of one installation, read from `$SEALPRESS_HOME/config.toml`.

The file is made on first use with the values of `DEFAULT_CONFIG`. Secrets are never in it but for
a database password inside `database.url`; the file is therefore readable by its owner only.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service import (
    keys_settings,
    platform_settings,
    public_settings,
    remote_keys_settings,
    signing_settings,
    webhook_settings,
)
from service.code_size import SMALLEST_BUDGET, code_budget
from service.errors import Misconfigured
from service.platform_settings import PlatformSettings
from service.public_settings import PublicSettings
from service.signing_settings import SigningSettings
from service.webhook_settings import WebhookSettings
from service.work import settings as work_settings
from service.work.settings import WorkSettings
from signing import keys, remote_access
from signing.key_policy import KeyPolicy
from signing.remote_access import RemoteAccess

DEFAULT_HOME = "var"
"""Where state lives when `$SEALPRESS_HOME` is not set: below the current folder."""

DEFAULT_CONFIG = (
    """\
# Sealpress: the settings of this installation. README.md explains each.

# development: keys, certificates and seals are made on first use, and every page says 样本.
# production: nothing is made; keys and seals must be in place (keys/), and base_url must be set.
mode = "development"

# The address that is printed in every QR code, for ever. One short domain, without a path.
base_url = "https://sealpress.example"

[database]
# Empty: SQLite at register.db beside this file. PostgreSQL: "postgresql+psycopg://user@host/name"
url = ""
# With which address the public side reads it, if not with that: a role that can do no more.
# public_url = "postgresql+psycopg://sealpress_public@host/name"

[license]
# The last three digits of the licence type code (GB/T 36904) by certificate type. The real ones
# are given by the ministry's type registration; 999 stands in until then.
type_suffix = { crane-use-registration = "999" }

[fonts]
# A TrueType font for characters that Sealpress' own fonts lack (Extensions B to F), for example
# "/usr/share/fonts/truetype/hanazono/HanaMinB.ttf". Empty: such characters are refused.
# Once certificates were issued with it the file must stay, unchanged: previews are drawn anew.
last_resort = ""

{keys}
# Keys that a seal service holds (https://host:port/v1/keys/name) are reached with what stands here.
# [remote_keys]
# ca = "tls/seal-service-ca.pem"
# certificate = "tls/press.pem"
# key = "tls/press.key"
# timeout_s = 5.0
# tries = 3

# The national platform. Without this table there is none: identifier and code are our own.
# [platform]
# url = "https://platform.example/api"
# client_id = "450000"
# client_secret_file = "platform/client-secret"
# private_key_file = "platform/province.pem"
# province = "450000"

# The name of the log in its checkpoints; keep it when base_url changes. Default: base_url's host.
# [log]
# origin = "sealpress.example/log"

{public}
{work}
{webhooks}
{signing}""".replace("{signing}", signing_settings.DEFAULT_TABLE)
    .replace("{keys}", keys_settings.DEFAULT_TABLE)
    .replace("{public}", public_settings.DEFAULT_TABLE)
    .replace("{work}", work_settings.DEFAULT_TABLE)
    .replace("{webhooks}", webhook_settings.DEFAULT_TABLE)
)

SETTABLE = {
    "mode",
    "base_url",
    "database",
    "license",
    "fonts",
    "keys",
    "log",
    "platform",
    "public",
    "remote_keys",
    "signing",
    "work",
    "webhooks",
}


@dataclass(frozen=True)
class Settings:
    """One installation.

    `base_url` has neither path nor trailing slash; `type_suffix` gives the last three digits of
    the licence type code by certificate type; `last_resort_font` is an absolute path;
    `remote_access` is how keys in seal services (`https:`) are reached; `key_policy` says where
    keys may be; `platform` is the national platform, None where there is none;
    `public` says what the public side believes and bears, and `public_url` with which address it
    reads the register where it has its own; `work` says who does what waits; `webhooks` says who
    is told of changes.
    """

    home: Path
    mode: str
    base_url: str
    database_url: str
    type_suffix: Mapping[str, str]
    last_resort_font: Path | None = None
    remote_access: RemoteAccess | None = None
    signing: SigningSettings = signing_settings.DEFAULTS
    key_policy: KeyPolicy = field(default_factory=KeyPolicy)
    platform: PlatformSettings | None = None
    public_url: str = ""
    origin: str = ""
    public: PublicSettings = field(default_factory=PublicSettings)
    work: WorkSettings = work_settings.DEFAULTS
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)

    @property
    def development(self) -> bool:
        """Whether keys are made up here, so that every page must say 样本."""
        return self.mode == "development"

    @property
    def log_origin(self) -> str:
        """What names the log in its checkpoints, for ever: `[log] origin`, or the address."""
        return self.origin or f"{urlsplit(self.base_url).netloc}/log"

    @property
    def public_database_url(self) -> str:
        """With which address the public side reads the register."""
        return self.public_url or self.database_url

    @cached_property
    def keys(self) -> Path:
        """The folder of keys, certificates and seals."""
        return self.home / "keys"

    def use_fonts(self) -> None:
        """Tell the renderer of the font of last resort, if there is one.

        Raises:
            renderer.errors.RendererError: it cannot be used.
        """
        if self.last_resort_font is not None:
            from renderer import fonts

            fonts.use_last_resort(self.last_resort_font)

    def use_keys(self) -> None:
        """Tell where keys may be, and how those in seal services are reached, if they are."""
        keys.configure(self.key_policy)
        remote_access.configure(self.remote_access)

    @property
    def code_prefix(self) -> str:
        """What stands before the digits in this installation's codes."""
        return code_prefix(self.base_url)


def home_folder() -> Path:
    """The folder of this installation's state, from `$SEALPRESS_HOME`."""
    return Path(os.environ.get("SEALPRESS_HOME") or DEFAULT_HOME).absolute()


def load(home: Path) -> Settings:
    """Read `config.toml` below `home`.

    Raises:
        Misconfigured: the file is missing, no TOML, or a value in it cannot be used.
    """
    path = home / "config.toml"
    try:
        config = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path.name} 无法读取 (cannot be read): {error}") from error
    unknown = sorted(set(config) - SETTABLE)
    if unknown:
        raise Misconfigured(f"{path.name}: 未知配置项 (unknown setting): {', '.join(unknown)}")
    mode = config.get("mode", "development")
    if mode not in ("development", "production"):
        raise Misconfigured(f"{path.name}: mode 只能是 development 或 production, 不是 {mode!r}")
    url = str(_table(config, "database").get("url") or f"sqlite:///{home / 'register.db'}")
    return Settings(
        home=home,
        mode=mode,
        base_url=_base_url(config.get("base_url"), mode),
        database_url=url,
        type_suffix={
            str(k): str(v) for k, v in _table(config, "license").get("type_suffix", {}).items()
        },
        last_resort_font=_font(_table(config, "fonts").get("last_resort", "")),
        signing=signing_settings.read(_table(config, "signing"), home),
        remote_access=remote_keys_settings.read(_table(config, "remote_keys"), home),
        key_policy=keys_settings.read(_table(config, "keys"), development=mode == "development"),
        public_url=str(_table(config, "database").get("public_url") or ""),
        origin=_origin(_table(config, "log").get("origin", "")),
        public=public_settings.read(_table(config, "public")),
        platform=platform_settings.read(
            _table(config, "platform"), home, development=mode == "development"
        ),
        work=work_settings.read(_table(config, "work")),
        webhooks=webhook_settings.read(_table(config, "webhooks"), home),
    )


def _origin(value: object) -> str:
    """The log's name where it is not that of the address; empty where it is."""
    if not isinstance(value, str) or re.search(r"[\s+]", value) or len(value) > 200:
        raise Misconfigured("config.toml: log.origin 应为不含空格和加号的文本 (no blanks, no +)")
    return value


def _font(value: object) -> Path | None:
    """The path of the font of last resort; None where there is none."""
    if value == "":
        return None
    if not isinstance(value, str) or not Path(value).is_absolute() or not Path(value).is_file():
        raise Misconfigured(
            f"config.toml: fonts.last_resort 应为字体文件的绝对路径 (no such font file): {value!r}"
        )
    return Path(value)


def _table(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A sub-table of the configuration, empty where it is absent."""
    table = config.get(key, {})
    if not isinstance(table, dict):
        raise Misconfigured(f"config.toml: [{key}] 应为表 (must be a table)")
    return table


def _base_url(value: object, mode: str) -> str:
    """The checked public address; a code printed with a wrong one would be wrong for ever."""
    parts = urlsplit(str(value or ""))
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Misconfigured(
            "config.toml: base_url 应为 https://域名，不带路径 (must be https://host, no path)"
        )
    if mode == "production" and parts.hostname.endswith((".example", ".invalid", ".test")):
        raise Misconfigured("config.toml: 生产模式须设置真实的 base_url (set the real address)")
    address = f"https://{parts.netloc.lower()}"
    if code_budget(code_prefix(address)) < SMALLEST_BUDGET:
        raise Misconfigured("config.toml: base_url 过长，二维码放不下 (too long for the QR code)")
    return address


def code_prefix(base_url: str) -> str:
    """What stands before the digits in a QR code, in the capitals that QR packs best."""
    return f"{base_url}/v/".upper()
