"""What the fields of a register sheet are called on screen, in the order in which people look for them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FIELD_WORDS = {
    "name": _("姓名"),
    "id_number": _("证件号"),
    "phone": _("电话"),
    "sex": _("性别"),
    "birth_on": _("出生日期"),
    "relation": _("与户主关系"),
    "head_name": _("户主姓名"),
    "reference": _("人员编号"),
    "household_reference": _("户编号"),
    "household_kind": _("户类型"),
    "township": _("乡镇、街道"),
    "village": _("村、社区"),
    "village_code": _("村、社区代码"),
    "section": _("原村片区"),
    "estate": _("小区"),
    "grid": _("网格"),
    "group": _("组"),
    "building": _("楼栋"),
    "unit": _("单元"),
    "floor": _("楼层"),
    "room": _("房号、门牌"),
    "label": _("门址"),
    "walk_order": _("走访顺序"),
    "occupancy": _("房屋状态"),
    "collective_kind": _("集体户类别"),
    "expected_count": _("应住人数"),
    "contact_phone": _("集体户电话"),
    "is_registered_here": _("是否户籍"),
    "is_living_here": _("是否常住"),
    "is_here_tonight": _("今晚在家"),
    "registered_place": _("户籍地址"),
    "present_place": _("现住址"),
    "away_place": _("外出地点"),
}
REASON_WORDS = {
    "name": _("按表头"),
    "content": _("按内容"),
    "chosen": _("人工指定"),
    "remembered": _("按上次的选择"),
    "refused": _("按规定不读"),
    "unknown": _("不认识"),
}
