"""What an address names."""

from lianfang.areas.models import Area
from lianfang.areas.queries import said


def test_a_grid_is_no_address_where_a_building_is_known():
    estate = Area(name="安置小区", level="estate")
    grid = Area(name="第1网格", level="grid")
    building = Area(name="3栋", level="building")
    assert [area.name for area in said([estate, grid, building])] == ["安置小区", "3栋"]
    assert [area.name for area in said([estate, grid])] == ["安置小区", "第1网格"]
