from __future__ import annotations

import pytest

from lianfang.areas.loading import load_file
from lianfang.areas.models import Area
from lianfang.core.scope import crossing
from lianfang.demo import places


@pytest.fixture
def county_of_wugang(db, tmp_path):
    """The real townships and villages of Wugang, and nobody in them."""
    lines = [",".join(row) for row in places.county()]
    path = tmp_path / "areas.csv"
    path.write_text("\n".join(["code,name,level,parent", *lines]), encoding="utf-8")
    with crossing("test", actor_id=None):
        load_file(path)
        return Area.objects.get(code=places.COUNTY)
