"""The question types of an XLSForm: what each becomes here, and what to do instead of those that are not taken. Pure."""

from __future__ import annotations

import re

from lianfang.core.problems import N_
from lianfang.questions.drafting import words

SELECT = re.compile(
    r"^(?P<kind>select_one|select_multiple|select one|select1|select multiple|select all that apply|select|rank|yes_no)"
    r"(?:[_ ]from[_ ](?:a )?(?P<file>file))?(?: from)?\s+(?P<list>.+?)(?P<other>\s+(?:or[_ ]other|or specify other))?$",
    re.IGNORECASE,
)
BEGIN = re.compile(r"^begin[_ ](group|repeat|loop)", re.IGNORECASE)
END = re.compile(r"^end[_ ](group|repeat|loop)", re.IGNORECASE)
TYPES = {
    **dict.fromkeys(("text", "string", "add text prompt", "q string", "multiline"), "text"),
    **dict.fromkeys(("integer", "int", "add integer prompt", "q int", "range", "number"), "integer"),
    **dict.fromkeys(("decimal", "q decimal", "add decimal prompt", "double", "float"), "decimal"),
    **dict.fromkeys(("date", "add date prompt", "q date"), "date"),
    **dict.fromkeys(("yes_no", "yesno", "boolean", "bool"), "boolean"),
}
METADATA = words(
    "start end today deviceid device_id subscriberid simserial phonenumber username email audit instanceid start-geopoint"
    " get_start_time get_end_time imei uri:deviceid"
)
# type → (what it is, what to do instead)
UNTAKEN_TYPES = {
    **dict.fromkeys(
        ("geopoint", "geotrace", "geoshape", "gps", "location"),
        (N_("定位"), N_("门址在底册里，不用采坐标，删掉这一行")),
    ),
    **dict.fromkeys(
        ("image", "photo", "audio", "video", "file", "background-audio"),
        (N_("照片、录音或文件"), N_("改成一道文字题或选择题")),
    ),
    **dict.fromkeys(("barcode", "qrcode"), (N_("扫码"), N_("改成文字题，把号码填进去"))),
    **dict.fromkeys(
        ("calculate", "calculation", "hidden", "xml-external", "csv-external"),
        (N_("计算或隐藏的项"), N_("不是要问的，删掉这一行；要用的数在报表里算")),
    ),
    **dict.fromkeys(("acknowledge", "trigger"), (N_("只点“知道了”"), N_("要留结果的，改成是否题"))),
    **dict.fromkeys(("time",), (N_("钟点"), N_("改成日期题，或文字题"))),
    **dict.fromkeys(("rank",), (N_("排序"), N_("改成多选题"))),
}
