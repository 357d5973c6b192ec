from __future__ import annotations

import pytest

from lianfang.core import clock
from lianfang.register import importing
from lianfang.register.tests.sheets_made import an_id, xlsx
from tests import world as cast

HEADER = ["编号", "姓名", "与户主关系", "身份证号码", "手机号码", "村", "组", "小区", "楼栋", "单元", "房号"]
OUYANG = (an_id(order=451), "13812342076")
SHAN = (an_id(born="19900101", order=20), "13900001111")
ROWS = [
    ["P1", "欧阳明", "户主", OUYANG[0], OUYANG[1], "杨梅村", "1组", "", "", "", "9"],
    ["P2", "欧阳小明", "长子", "", "", "杨梅村", "1组", "", "", "", "9"],
    ["P3", "单雄", "户主", SHAN[0], SHAN[1], "田心村", "1组", "", "", "", "9"],
    ["P4", "曾巧", "租客", "", "", "杨梅村", "", "安置小区", "3", "2", "501"],
]


@pytest.fixture
def world(db):
    return cast.build()


@pytest.fixture
def people(world, tmp_path):
    """欧阳明 with a son in 杨梅村 1组, 曾巧 in a flat there, 单雄 in 田心村; ids and phones for the heads of households."""
    path = xlsx(tmp_path / "people.xlsx", [HEADER, *ROWS])
    with world.acting("周敏"):
        assert importing.load(path, county=world.areas["武冈市"], by=None).errors == ()
    return world


@pytest.fixture
def visit(client, people):
    """Open an address as one of the cast, at 21:05."""

    def run(name, address, data=None, **options):
        client.force_login(people.users[name])
        with clock.frozen(cast.TONIGHT):
            if data is None:
                return client.get(address, **options)
            return client.post(address, data, **options)

    return run
