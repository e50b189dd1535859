"""A zip file in pieces: whatever the cuts, any program can read it."""

import io
import json
import zipfile
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lib.core.zipping import Zip

_AT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
_files = st.lists(st.lists(st.binary(max_size=2000), max_size=6), min_size=1, max_size=4)


@given(files=_files, cuts=st.sets(st.integers(0, 30)))
def test_whoever_goes_on_with_it_after_a_cut_makes_the_same_files(
    files: list[list[bytes]], cuts: set[int]
) -> None:
    making, whole, step = Zip(_AT), b"", 0
    for number, pieces in enumerate(files):
        whole += making.begin(f"fil-{number}-æ.json")
        for piece in pieces:
            whole += making.add(piece)
            if step in cuts:
                whole += making.pause()
                making = Zip(_AT, json.loads(json.dumps(making.state())))
            step += 1
        whole += making.end()
    whole += making.finish()

    assert making.length == len(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert read.namelist() == [f"fil-{number}-æ.json" for number in range(len(files))]
        for number, pieces in enumerate(files):
            assert read.read(f"fil-{number}-æ.json") == b"".join(pieces)
        assert read.infolist()[0].date_time == (2026, 11, 23, 12, 30, 0)
