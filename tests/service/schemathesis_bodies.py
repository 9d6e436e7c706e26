"""What schemathesis has to be told to post bodies of ours: JSON lines (its `hooks`)."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/jsonl")
def lines(_context: Any, value: Any) -> Any:
    """A text is what it is; anything else becomes one line of JSON."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")
