"""Words as cells of a worksheet's XML."""

from __future__ import annotations

import re

LONGEST = 32_767  # characters of a cell
_UNSAFE = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    if _UNSAFE.search(text):
        text = _LOOKS_ESCAPED.sub("_x005F_", _ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def text_cell(prefix: str, name: str, style: str, text: str) -> str:
    """`style` is the whole attribute, or ''."""
    said = escaped(text[:LONGEST])
    kept = (
        ' xml:space="preserve"' if said and (said[0].isspace() or said[-1].isspace() or "\n" in said) else ""
    )
    return f'<{prefix}c r="{name}"{style} t="inlineStr"><{prefix}is><{prefix}t{kept}>{said}</{prefix}t></{prefix}is></{prefix}c>'


def style_attribute(style: str) -> str:
    return f' s="{style}"' if style else ""
