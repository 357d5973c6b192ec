"""What may be told of an address in another county: down to the county, never the street or the door."""

import pytest

from lianfang.verification.matching.places import _ELSEWHERE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("湖北省武汉市洪山区珞喻路1号", "湖北省武汉市洪山区"),
        ("湖南省邵阳市武冈市司马冲镇", "湖南省邵阳市武冈市"),
        ("邵东市两市塘街道金华社区3栋", "邵东市"),
        ("邵东市宋家塘街道梅子社区", "邵东市"),
        ("上海市浦东新区川沙路", "上海市浦东新区"),
        ("湖南省张家界市慈利县零阳镇", "湖南省张家界市慈利县"),
        ("广东省东莞市长安镇锦绣小区", "广东省东莞市"),
        ("新邵县酿溪镇", "新邵县"),
        ("长沙市岳麓区望城坡街道", "长沙市岳麓区"),
        ("北京市东城区", "北京市东城区"),
        ("内蒙古自治区呼和浩特市赛罕区", "内蒙古自治区呼和浩特市赛罕区"),
    ],
)
def test_an_address_elsewhere_is_told_down_to_its_county(text: str, told: str):
    match = _ELSEWHERE.match(text)
    assert match is not None
    assert match[0] == told
