"""Invented content of the page /looks, where every component of the desk can be seen at once."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from lianfang.core.clock import SHANGHAI
from lianfang.core.desk_format import STATUS_KINDS, Ledger, LedgerPart, coverage_ratio

NOW = datetime(2026, 8, 7, 21, 5, tzinfo=SHANGHAI)

# village, due, done, exempt, not met, open, overdue, who answers, role
VILLAGES = (
    ("江背岭村", 441, 370, 3, 16, 52, 14, "段学文", "村主任"),
    ("杨梅村", 586, 490, 8, 21, 67, 23, "邓永福", "村支书"),
    ("田心村", 702, 607, 12, 25, 58, 9, "钟立新", "村支书"),
    ("东古村", 396, 349, 4, 12, 31, 0, "粟建军", "村支书"),
    ("五星村", 655, 586, 10, 18, 41, 6, "毛友良", "村支书"),
    ("下抄村", 618, 562, 9, 14, 33, 0, "许世明", "村支书"),
    ("双元村", 498, 460, 6, 10, 22, 0, "龙卫红", "村支书"),
    ("司马冲社区", 1142, 1049, 31, 22, 40, 0, "曾国平", "社区书记"),
    ("江姐村", 489, 459, 4, 9, 17, 0, "唐贤德", "村主任"),
    ("长抄村", 574, 544, 7, 11, 12, 0, "蒋秋生", "村支书"),
    ("麻藤村", 512, 491, 5, 7, 9, 0, "姜海波", "村支书"),
    ("正冲村", 533, 514, 6, 8, 5, 0, "夏冬梅", "村支书"),
    ("山新村", 427, 416, 5, 6, 0, 0, "匡小云", "村支书"),
)
DOORS = (
    (
        "王小红",
        180,
        14,
        (
            ("安置小区3栋1单元402", "易春华", "5人", "8月6日19:40、8月7日12:10 无人应门"),
            ("安置小区3栋2单元301", "覃家兴", "3人", "8月7日12:20 无人应门"),
            ("安置小区3栋2单元502", "滕银秀", "2人", "电话未接2次"),
            ("安置小区4栋1单元101", "杨再兴", "6人", "还没去过"),
        ),
    ),
    (
        "曾祥林",
        164,
        9,
        (
            ("3组12号", "易长根", "4人", "8月7日18:05 上锁"),
            ("3组屋场坪", "米秀英", "1人 独居", "8月7日18:20 无人应门"),
            ("4组老学堂", "肖春生等", "9人", "集体户，联系人白天不在"),
        ),
    ),
)
# What each status stands for, in the order of STATUS_KINDS.
STATUS_WORDS = (
    ("已排查", "已采、已接、已核、平"),
    ("待排查", "还没人去"),
    ("未见到", "去过，没见到，有原因"),
    ("核减", "批准后才算"),
    ("逾期", "过了时间；也用于对不上"),
    ("快到期", "时间用过一半"),
    ("在核、在办", "有人应了"),
    ("待处理", "收到了，要人定"),
    ("待传", "在手机里"),
)
NAVIGATION = (
    ("today", "今天", "home", None, 1),
    ("lists", "核查名单", "list", 2, 1),
    ("campaigns", "专项任务", "grid", 3, 1),
    ("observation", "健康管理", "pulse", 212, 1),
    ("register", "人口底册", "book", None, 1),
    ("held", "待处理", "inbox", 12, 1),
    ("close", "日清日结", "check", None, 2),
    ("figures", "报表与指标", "chart", None, 2),
    ("people", "值班与人员", "users", None, 2),
    ("administration", "管理", "gear", None, 3),
)
COUNT_NAMES = ("due", "done", "exempt", "not_met", "open")


def _villages() -> list[dict[str, Any]]:
    rows = []
    for name, due, done, exempt, not_met, open_count, overdue, worker, role in VILLAGES:
        counts = dict(zip(COUNT_NAMES, (due, done, exempt, not_met, open_count), strict=True))
        rows.append(
            {
                **counts,
                "key": name,
                "label": name,
                "value": due,
                "rate": coverage_ratio(counts),
                "overdue_count": overdue,
                "url": f"#{name}",
                "worker": worker,
                "role": role,
            }
        )
    return rows


def frame() -> dict[str, Any]:
    """Context of base.html as a data officer of the county sees it at 21:05."""
    keys = ("key", "label", "icon", "count", "section")
    return {
        "demo": True,
        "now": NOW,
        "clock_is_frozen": True,
        "nav": [{**dict(zip(keys, item, strict=True)), "url": "#"} for item in NAVIGATION],
        "nav_key": "campaigns",
        "emergency": SimpleNamespace(opened_at=NOW - timedelta(days=17), ends_at=NOW + timedelta(days=10)),
        "actor": SimpleNamespace(
            user=SimpleNamespace(name="周敏"),
            home=SimpleNamespace(area=SimpleNamespace(name="武冈市指挥部")),
            role_name="数据专班",
        ),
        "data_as_of": NOW,
        "last_received_at": NOW - timedelta(seconds=8),
    }


def components() -> dict[str, Any]:
    """What the page itself shows."""
    villages = _villages()
    total = {name: sum(row[name] for row in villages) for name in COUNT_NAMES}
    ledger = Ledger(
        LedgerPart("taken_in", "累计纳入", 49),
        (
            LedgerPart("released", "已解除", 29),
            LedgerPart("transferred", "转出", 0),
            LedgerPart("watched", "在管", 15),
        ),
    )
    return {
        "villages": villages,
        "total": {**total, "rate": coverage_ratio(total), "overdue_count": 52},
        "total_urls": {name: f"#{name}" for name in COUNT_NAMES},
        "unbalanced": ledger,
        "county": dict(zip(COUNT_NAMES, (243216, 214880, 3102, 6341, 18893), strict=True)),
        "bar_parts": [
            (98, "done", "已排查过"),
            (16, "done-2", "已过观察期"),
            (29, "done-3", "不在本地"),
            (118, "open", "可派发"),
            (7, "miss", "像是同一人"),
            (5, "hold", "分不下去"),
        ],
        "doors": DOORS,
        "path": [{"name": "武冈市", "url": "#"}, {"name": "司马冲镇", "url": "#"}],
        "statuses": [(kind, *words) for kind, words in zip(STATUS_KINDS, STATUS_WORDS, strict=True)],
        "times": {
            "late": NOW - timedelta(hours=1, minutes=5),
            "soon": NOW + timedelta(minutes=25),
            "night": NOW + timedelta(hours=4, minutes=25),
            "began": NOW - timedelta(hours=1),
            "yesterday": NOW - timedelta(hours=25, minutes=25),
            "tomorrow": NOW + timedelta(hours=10, minutes=25),
        },
        "page": SimpleNamespace(previous_key=None, next_key="586", shown_count=50, total_count=7573),
    }
