"""The large trial: `python tests/endurance/run_faults.py`; prints what was found, exit 0 or 1."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from endurance_trial import Plan, run


def main() -> int:
    """Run it on SQLite, or on PostgreSQL and Redis of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issues", type=int, default=2000)
    parser.add_argument("--cancels", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--seconds", type=float, default=3600, help="after which it has failed")
    parser.add_argument("--queue", action="store_true", help="Celery on a Redis, killed too")
    parser.add_argument("--postgresql", action="store_true", help="not SQLite; killed too")
    plan = Plan(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="sealpress-faults-") as folder:
        try:
            found = run(Path(folder), plan)
        except AssertionError as error:
            sys.stderr.write(f"✗ {error}\n")
            return 1
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
