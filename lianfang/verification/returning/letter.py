"""复函: the covering letter of a returned list, laid out as GB/T 9704-2012 lays out a letter of an authority. Counts, and
no resident. A docx is a zip of a few XML parts; these are all that a letter needs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from xml.sax.saxutils import escape

from lianfang.core.clock import local
from lianfang.verification.returning.answered import RESULTS
from lianfang.verification.returning.counting import Counts
from lianfang.verification.returning.summary import About

# GB/T 9704-2012: A4, 天头37 mm, 订口28 mm, 版心156×225 mm; 22 lines of 三号仿宋 a page, the title in 二号小标宋.
_TWIPS_A_MM = 1440 / 25.4
_TOP, _RIGHT, _BOTTOM, _LEFT = (round(mm * _TWIPS_A_MM) for mm in (37, 26, 35, 28))
_LINE = 580  # twips: 225 mm in 22 lines
_BODY, _TITLE = ("仿宋_GB2312", 32), ("方正小标宋简体", 44)  # font and half points: 三号, 二号
_INDENT = 2 * 320  # two characters
_MADE_ON = (1980, 1, 1, 0, 0, 0)  # the same letter is the same file


def write_letter(counts: Counts, about: About, *, phone: str = "") -> bytes:
    """A docx of one page. `phone`: of the command post, for the sender to ring."""
    asked = counts.by_code.get("in_progress", 0)
    told = "、".join(f"{RESULTS[code]}{count}条" for code, count in counts.by_code.items() if count)
    came = f"贵单位{_day(about.received_at)}" if about.received_at else "贵单位"
    rest = (
        f"其中{asked}条仍在核，现在何处、由谁负责已在反馈表中逐条写明，办结后即行补报。"
        if asked
        else "无在核条目。"
    )
    body = [
        _paragraph(f"关于《{about.title}》核查情况的复函", font=_TITLE, align="center"),
        _paragraph(""),
        _paragraph(f"{about.sender}：", indent=0),
        _paragraph(
            f"{came}推送的《{about.title}》（编号{about.number}）共{counts.row_count}条，现将核查情况函复如下："
        ),
        _paragraph(f"一、核查结果。{told}，合计{sum(counts.by_code.values())}条，与来单条数相等。"),
        _paragraph(f"二、在核情况。{rest}"),
        _paragraph("三、个人信息。反馈表载有个人信息，请按规定保管，不转发、不另作他用。"),
        _paragraph(f"附件：1. {about.title}反馈表"),
        _paragraph("　　　2. 核查情况汇总"),
        _paragraph(""),
        _paragraph(f"{about.county}疫情防控指挥部", align="right"),
        _paragraph(_day(about.returned_at), align="right"),
    ]
    if phone:
        body.append(_paragraph(f"（联系电话：{phone}）"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in (*_PARTS, ("word/document.xml", _DOCUMENT.format(body="".join(body)))):
            part = zipfile.ZipInfo(name, _MADE_ON)
            part.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(part, text)
    return out.getvalue()


def _day(moment: dt.datetime | None) -> str:
    """成文日期: year, month and day in Arabic figures, without leading zeros."""
    if moment is None:
        return ""
    at = local(moment)
    return f"{at.year}年{at.month}月{at.day}日"


def _paragraph(
    text: str, *, font: tuple[str, int] = _BODY, align: str = "both", indent: int | None = None
) -> str:
    first = (_INDENT if align == "both" else 0) if indent is None else indent
    end = f' w:right="{_INDENT * 2}"' if align == "right" else ""  # the signature stands four characters in
    name, size = font
    line = round(_LINE * 1.2) if font == _TITLE else _LINE
    return (
        f'<w:p><w:pPr><w:spacing w:line="{line}" w:lineRule="exact"/>'
        f'<w:ind w:firstLine="{first}"{end}/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r><w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}"/>'
        f'<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DOCUMENT = (
    f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>{{body}}<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    f'<w:pgMar w:top="{_TOP}" w:right="{_RIGHT}" w:bottom="{_BOTTOM}" w:left="{_LEFT}" w:header="851" w:footer="992" '
    'w:gutter="0"/></w:sectPr></w:body></w:document>'
)
_PARTS = (
    (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_TYPE}"/></Types>',
    ),
    (
        "_rels/.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    ),
)
