"""The parts of an .xlsx: which file is which, the sheets in order, shared strings, styles. Limits against bombs.

For whoever writes into a workbook that somebody else made. Only what that needs is read, and every part stays as
bytes: what is not changed goes out as it came in.
"""

from __future__ import annotations

import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from django.utils.translation import gettext as _

from lianfang.core.workbooks.faults import WorkbookFault

LARGEST_FILE = 40 << 20  # a template of an office is 20 KB; one with pictures some MB
LARGEST_PART = 96 << 20  # unpacked
LARGEST_ALL = 300 << 20
MOST_PARTS = 3000
MOST_TAGS = 1_000_000  # of a part that is read whole: 200 MB of memory; packed, they are some kilobytes
# Parts through which a filled workbook would fetch from, or send to, somewhere else when it is opened.
_REACHES_OUT = ("xl/connections.xml", "xl/queryTables/", "xl/activeX/", "xl/webextensions/")
T = TypeVar("T")
_OLD = b"\xd0\xcf\x11\xe0"
_ENCODED = re.compile(rb'<\?xml[^>]*encoding=["\']([\w-]+)["\']')


@dataclass(frozen=True, slots=True)
class SheetEntry:
    name: str
    part: str
    is_hidden: bool
    place: int  # among the sheets, from 0: defined names speak of it


@dataclass(frozen=True, slots=True)
class Style:
    has_border: bool
    is_grey: bool  # filled with grey, or written in grey or italics: an example
    number_format: str
    is_bold: bool


def local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def is_plain(content: bytes) -> bool:
    """XML without a DTD anywhere before its root (a comment may push it far down), and in an encoding in which one
    would be seen."""
    return b"<!DOCTYPE" not in content and b"<!ENTITY" not in content and b"\0" not in content


def tree(content: bytes) -> ET.Element:
    """With names cut to their last part: strict and transitional files use different namespaces."""
    if not is_plain(content):
        raise damaged()
    if content.count(b"<") > MOST_TAGS:
        raise too_large()
    try:
        root = ET.fromstring(content)  # noqa: S314 - size is limited, no DTD
    except (ET.ParseError, ValueError, LookupError) as broken:
        raise damaged() from broken
    for element in root.iter():
        element.tag = local(element.tag)
        for key in [key for key in element.attrib if "}" in key]:
            element.attrib.setdefault(local(key), element.attrib.pop(key))
    return root


class Package:
    """A workbook taken apart. Raises WorkbookFault where it cannot be read."""

    def __init__(self, data: bytes) -> None:
        _look(data)
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as broken:
            raise damaged() from broken
        entries = self.archive.infolist()
        if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > LARGEST_ALL:
            raise too_large()
        if any(entry.flag_bits & 1 for entry in entries):
            raise _locked()
        self.names = {entry.filename for entry in entries}
        self._refuse_other_kinds()

    def read(self, name: str) -> bytes:
        """As UTF-8, whatever it was."""
        content = self.unchanged(name)
        return _as_utf8(content) if name.endswith((".xml", ".rels", ".vml")) else content

    def unchanged(self, name: str) -> bytes:
        try:
            if self.archive.getinfo(name).file_size > LARGEST_PART:
                raise too_large()
            return self.archive.read(name)
        except (KeyError, zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as broken:
            raise damaged() from broken
        except Exception as broken:  # zlib.error has no base of its own
            if isinstance(broken, WorkbookFault):
                raise
            raise damaged() from broken

    def _refuse_other_kinds(self) -> None:
        if "mimetype" in self.names or "content.xml" in self.names:
            raise _not_xlsx(_("这是ods文件。"))
        if "[Content_Types].xml" not in self.names:
            raise _not_xlsx(_("这不是Excel工作簿。"))
        types = self.read("[Content_Types].xml")
        if any("vbaProject" in name for name in self.names) or b"macroEnabled" in types:
            raise WorkbookFault(
                "macros",
                _("文件里有宏，不收。"),
                _("在Excel或WPS里另存为“Excel工作簿（*.xlsx）”，再放上来。"),
            )
        if any(name.startswith(_REACHES_OUT) for name in self.names) or any(
            _links_to_programs(self.unchanged(name)) for name in self.names if "externalLinks/" in name
        ):
            raise reaches_out()
        if "xl/workbook.bin" in self.names:
            raise _old(_("这是xlsb文件。"))
        if any(name.startswith("word/") for name in self.names):
            raise _not_xlsx(_("这是Word文件。"))

    # ---------- workbook ----------

    @cached_property
    def workbook_part(self) -> str:
        name = "xl/workbook.xml"
        if "_rels/.rels" in self.names:
            for relation in tree(self.read("_rels/.rels")):
                if relation.get("Type", "").endswith("/officeDocument"):
                    name = relation.get("Target", name).lstrip("/")
        if name not in self.names:
            raise _not_xlsx(_("这不是Excel工作簿。"))
        return name

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """Relations of a part: id → (kind, part)."""
        folder, name = posixpath.split(part)
        rels = f"{folder}/_rels/{name}.rels".lstrip("/")
        if rels not in self.names:
            return {}
        found = {}
        for relation in tree(self.read(rels)):
            target = relation.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], whole)
        return found

    @cached_property
    def workbook(self) -> ET.Element:
        return tree(self.read(self.workbook_part))

    @cached_property
    def sheets(self) -> tuple[SheetEntry, ...]:
        related = self.related(self.workbook_part)
        found = []
        for place, sheet in enumerate(self.workbook.iter("sheet")):
            kind, part = related.get(sheet.get("id", ""), ("", ""))
            if kind == "worksheet" and part in self.names:
                is_hidden = sheet.get("state", "visible") != "visible"
                found.append(SheetEntry(sheet.get("name", ""), part, is_hidden, place))
        if not found:
            raise damaged()
        return tuple(found)

    @cached_property
    def is_1904(self) -> bool:
        found = self.workbook.find("workbookPr")
        return found is not None and found.get("date1904", "0") in ("1", "true")

    @cached_property
    def has_outside_links(self) -> bool:
        return any(name.startswith("xl/externalLinks/") for name in self.names)

    def part_of_kind(self, kind: str) -> str | None:
        related = self.related(self.workbook_part).values()
        return next((part for found, part in related if found == kind and part in self.names), None)

    @cached_property
    def strings(self) -> list[ET.Element]:
        """The shared strings, as elements: text in runs keeps its runs."""
        part = self.part_of_kind("sharedStrings")
        return list(tree(self.read(part))) if part else []

    @cached_property
    def styles_part(self) -> str | None:
        return self.part_of_kind("styles")

    @cached_property
    def styles(self) -> tuple[Style, ...]:
        return _styles(tree(self.read(self.styles_part))) if self.styles_part else ()


def text_of(item: ET.Element) -> str:
    """Of a shared or inline string, without what is only spoken (rPh)."""
    if len(item) == 1 and item[0].tag == "t":
        return unescaped(item[0].text or "")
    parts = []
    for child in item:
        if child.tag == "t":
            parts.append(child.text or "")
        elif child.tag == "r":
            parts.extend(t.text or "" for t in child if t.tag == "t")
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """_x000A_ is how a workbook writes a sign that XML cannot hold."""
    if "_x" not in text:
        return text
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


# ---------- styles ----------

_BUILTIN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    14: "yyyy/m/d",
    20: "h:mm",
    22: "yyyy/m/d h:mm",
    31: 'yyyy"年"m"月"d"日"',
    49: "@",
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}


def _styles(root: ET.Element) -> tuple[Style, ...]:
    formats = {int(each.get("numFmtId", 0)): each.get("formatCode", "") for each in root.iter("numFmt")}
    fonts = [_font(font) for font in _children(root, "fonts")]
    fills = [_is_grey_fill(fill) for fill in _children(root, "fills")]
    borders = [_has_border(border) for border in _children(root, "borders")]
    found = []
    for xf in _children(root, "cellXfs"):
        number = int(xf.get("numFmtId", 0))
        is_bold, is_pale = _at(fonts, xf.get("fontId"), (False, False))
        found.append(
            Style(
                _at(borders, xf.get("borderId"), False),
                is_pale or _at(fills, xf.get("fillId"), False),
                formats.get(number, _BUILTIN.get(number, "")),
                is_bold,
            )
        )
    return tuple(found)


def _children(root: ET.Element, name: str) -> list[ET.Element]:
    found = root.find(name)
    return list(found) if found is not None else []


def _at(found: list[T], place: str | None, otherwise: T) -> T:
    at = int(place or 0)
    return found[at] if at < len(found) else otherwise


def _font(font: ET.Element) -> tuple[bool, bool]:
    """(bold, grey or italic)."""
    is_bold = any(child.tag == "b" and child.get("val", "1") not in ("0", "false") for child in font)
    is_italic = any(child.tag == "i" and child.get("val", "1") not in ("0", "false") for child in font)
    color = font.find("color")
    return is_bold, is_italic or (color is not None and _is_grey(color))


def _is_grey_fill(fill: ET.Element) -> bool:
    pattern = fill.find("patternFill")
    if pattern is None or pattern.get("patternType") in (None, "none"):
        return False
    if pattern.get("patternType", "").startswith("gray"):
        return pattern.get("patternType") != "gray125"
    color = pattern.find("fgColor")
    return color is not None and _is_grey(color)


def _is_grey(color: ET.Element) -> bool:
    if rgb := color.get("rgb", ""):
        try:
            red, green, blue = (int(rgb[-6:][at : at + 2], 16) for at in (0, 2, 4))
        except ValueError:
            return False
        return max(red, green, blue) - min(red, green, blue) <= 12 and 0x60 <= red <= 0xF2
    tint = float(color.get("tint", 0) or 0)
    return color.get("theme") == "0" and -0.6 < tint < -0.04


def _has_border(border: ET.Element) -> bool:
    return any(side.get("style", "none") != "none" for side in border)


# ---------- what is refused ----------


def _look(data: bytes) -> None:
    if len(data) > LARGEST_FILE:
        raise too_large()
    if data.startswith(_OLD):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _locked()
        raise _old(_("这是旧格式的文件（xls、et）。"))
    if not data.startswith(b"PK"):
        head = data[:2000].lower()
        if b"<html" in head or b"<table" in head or b"urn:schemas-microsoft-com:office:spreadsheet" in head:
            raise _old(_("这是网页或XML，只是名字叫xls。"))
        raise _not_xlsx(_("这不是Excel工作簿。"))


def _as_utf8(content: bytes) -> bytes:
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16").encode()
    match = _ENCODED.match(content[:200])
    if match and match[1].lower() not in (b"utf-8", b"utf8"):
        coding = match[1].decode()
        try:
            if not coding.lower().startswith("utf-16"):
                content = content.decode(coding).encode()
        except (LookupError, UnicodeDecodeError) as broken:
            raise damaged() from broken
        content = content.replace(match[1], b"UTF-8", 1)
    return content


def _links_to_programs(content: bytes) -> bool:
    """A link to another workbook stays as it came; one that starts a program (DDE, OLE) does not."""
    return b"ddeLink" in content or b"oleLink" in content


def reaches_out(sheet: str = "", cell: str = "") -> WorkbookFault:
    return WorkbookFault(
        "reaches_out",
        _("文件会连到外面取数或传数，不收。"),
        _("在Excel或WPS里删去数据连接和联网公式，另存后再放上来。"),
        sheet=sheet,
        cell=cell,
    )


def damaged(sheet: str = "") -> WorkbookFault:
    return WorkbookFault(
        "damaged",
        _("文件已损坏，打不开。"),
        _("在Excel或WPS里打开，另存一份新的，再放上来；打不开就请对方重发。"),
        sheet=sheet,
    )


def too_large(sheet: str = "") -> WorkbookFault:
    return WorkbookFault(
        "too_large",
        _("文件太大，不像一张空表。"),
        _("删去大图片、多余的工作表和空行，另存后再放上来。"),
        sheet=sheet,
    )


def too_many_cells(sheet: str, most: int) -> WorkbookFault:
    return WorkbookFault(
        "too_many_cells",
        _("这张工作表有%(most)s多个格子，不像一张空表。") % {"most": most},
        _("只留表头和要填的几行，下面有格式的空行、有内容的名单都删掉，另存后再放上来。"),
        sheet=sheet,
    )


def _locked() -> WorkbookFault:
    return WorkbookFault(
        "password",
        _("文件设了密码。"),
        _("用密码打开后，在“文件—信息—保护工作簿”里去掉密码，另存后再放上来。"),
    )


def _old(reason: str) -> WorkbookFault:
    return WorkbookFault("old_format", reason, _("在Excel或WPS里另存为“Excel工作簿（*.xlsx）”，再放上来。"))


def _not_xlsx(reason: str) -> WorkbookFault:
    return WorkbookFault("not_a_workbook", reason, _("请放上xlsx文件。"))
