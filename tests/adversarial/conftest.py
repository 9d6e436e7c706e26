"""The forgers use the tools of the tests of `verify`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "verify"))
