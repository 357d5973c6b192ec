"""Telling programs to calculate a workbook anew when they open it."""

from __future__ import annotations

import re

_CALC = re.compile(r"<((?:\w+:)?)calcPr\b([^>]*?)\s*/?>(?:</(?:\w+:)?calcPr>)?")
_BEFORE_CALC = re.compile(r"</(?:\w+:)?(?:definedNames|externalReferences|functionGroups|sheets)>")
_FULL = re.compile(r'\sfullCalcOnLoad="[^"]*"')


def calculated_anew(text: str) -> str:
    """`text`: of the workbook's own part."""
    found = _CALC.search(text)
    if found:
        kept = _FULL.sub("", found[2])
        return text[: found.start()] + f'<{found[1]}calcPr{kept} fullCalcOnLoad="1"/>' + text[found.end() :]
    ends = list(_BEFORE_CALC.finditer(text))
    if not ends:
        return text
    prefix = re.match(r"</((?:\w+:)?)", ends[-1][0])
    name = prefix[1] if prefix else ""
    at = ends[-1].end()
    return text[:at] + f'<{name}calcPr fullCalcOnLoad="1"/>' + text[at:]
