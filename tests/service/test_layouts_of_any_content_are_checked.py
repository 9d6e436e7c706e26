from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renderer import layout
from renderer.errors import Mistake
from service.layout_checking import mistakes

PERMIT = Path("construction-permit") / "C0217-2019"


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_a_file_holds_is_told_and_never_ends_in_an_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / PERMIT
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(layout.FOLDER / PERMIT, folder)
    name = data.draw(st.sampled_from(["layout.toml", "schema.json", "codes.toml", "sample.json"]))
    lines = (folder / name).read_text("utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    values = ["", "x", "1e999", "-1", '"x"', "[]", "{}", "true", "null", "99999999999999999999"]
    value = data.draw(st.sampled_from(values))
    mark = "=" if name.endswith("toml") else ":"
    before, found, _ = lines[at].partition(mark)
    lines[at] = f"{before}{found}{value}" if found else value
    (folder / name).write_text("\n".join(lines), "utf-8")
    assert all(isinstance(one, Mistake) and str(one) for one in mistakes(folder))
