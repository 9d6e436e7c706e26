"""docs/public-side.md: its tables are those of the code, and its settings can be read."""

from __future__ import annotations

import re
from pathlib import Path

from documented_keys import ROOT

from service import public_role, settings
from verify import limits, rates

DOCUMENT = (ROOT / "docs" / "public-side.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCUMENT, re.MULTILINE)


def test_the_columns_that_may_be_read_are_all_told() -> None:
    told = {name: tuple(re.findall(r"`(\w+)`", text)) for name, text in ROWS}
    for table, columns in public_role.READABLE.items():
        assert told[table] == columns


def test_the_rates_are_all_told() -> None:
    for kind, rate in rates.RATES.items():
        assert (kind, f"{rate.one} | {rate.all} | {rate.reason}") in ROWS


def test_the_limits_are_those_that_hold() -> None:
    every = limits.every()
    told = [(name, text) for name, text in ROWS if name in every]
    assert {name for name in every if name.startswith(("UPLOADS_", "HELPER"))} - {
        "HELPER_ANSWER_BYTES"
    } <= {name for name, _ in told}
    for name, text in told:
        assert text == f"{int(every[name])} {every[name].unit} | {every[name].reason}"


def test_the_settings_can_be_read(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    text = 'base_url = "https://sealpress.example"\n' + "".join(blocks)
    (tmp_path / "config.toml").write_text(text, "utf-8")
    found = settings.load(tmp_path)
    assert found.public.rates["code"].one == 600
    assert found.public_database_url.startswith("postgresql+psycopg://sealpress_web@")


def test_the_role_is_named_as_it_is() -> None:
    assert f"CREATE ROLE {public_role.ROLE} NOLOGIN" in DOCUMENT
    assert f"IN ROLE {public_role.ROLE}" in DOCUMENT
