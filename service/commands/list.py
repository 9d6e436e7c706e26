"""`sealpress list`: records as the notices' table has them; the operator sees those of everyone."""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections.abc import Sequence

from service import listing, listing_query
from service.access import Caller
from service.installation import Installation

OPERATOR = Caller("command line")


def run(options: argparse.Namespace) -> int:
    """Print one page; errors are raised."""
    asked = {name: getattr(options, name) for name in listing_query.PARAMETERS}
    query = listing_query.read({k: [v] for k, v in asked.items() if v is not None})
    found = listing.find(Installation.open().database, query, OPERATOR).as_json()
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    columns = found["columns"]
    rows = [[str(record[name] or "–") for name in columns] for record in found["records"]]
    for line in _aligned([list(columns.values()), *rows]):
        print(line)
    if found["next_cursor"]:
        print(f"下一页 (next page): --cursor {found['next_cursor']}")
    return 0


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other in a terminal."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Terminal columns: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
