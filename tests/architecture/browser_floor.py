"""What a desk page may use: the floor is Chromium 86 and a content policy without inline style or script."""

import re
from collections.abc import Iterator

# Each needs a newer browser than Chromium 86 (the version that brought it stands behind).
CSS_ABOVE_FLOOR = {
    ":is/:where (88)": r":(?:is|where)\(",
    ":has (105)": r":has\(",
    ":not with a list (88)": r":not\([^()]*,",
    ":dir (120)": r":dir\(",
    ":user-valid (119)": r":user-(?:in)?valid",
    ":popover-open (114)": r":popover-open|::backdrop-blur",
    "inset (87)": r"(?<![\w-])inset(?:-(?:block|inline)(?:-(?:start|end))?)?\s*:",
    "logical shorthand (87)": r"(?<![\w-])(?:margin|padding|border)-(?:inline|block)\s*:",
    "aspect-ratio (88)": r"(?<![\w-])aspect-ratio\s*:",
    "accent-color (93)": r"(?<![\w-])accent-color\s*:",
    "underline offset (87)": r"text-underline-offset|text-decoration-thickness",
    "overflow: clip (90)": r"overflow(?:-[xy])?\s*:[^;}]*\bclip\b",
    "scrollbar-gutter (94)": r"scrollbar-(?:gutter|width|color)\s*:",
    "own transforms (104)": r"(?<![\w-])(?:translate|rotate|scale)\s*:",
    "text-wrap (114)": r"text-wrap(?:-\w+)?\s*:",
    "field-sizing (123)": r"field-sizing\s*:",
    "color functions (101-123)": r"(?:color-mix|oklch|oklab|lch|lab|hwb|light-dark)\(",
    "new units (108)": r"\d(?:dvh|svh|lvh|dvw|svw|lvw|dvb|dvi|cqw|cqh|cqi|lh|rlh)\b",
    "math functions (111-125)": r"(?<![\w-])(?:round|mod|rem|sin|cos|tan|sqrt|pow)\(",
    "@layer, @container, @scope": r"@(?:layer|container|scope|starting-style|position-try)\b",
    "media ranges (104)": r"@media[^{]*[<>]",
    "subgrid (117)": r"\bsubgrid\b",
    "flex start/end (93)": r"(?:justify-content|align-items|align-content)\s*:\s*(?:start|end)\b",
    "masonry, anchors": r"anchor-name|position-anchor|view-transition",
}
JS_ABOVE_FLOOR = {
    ".at() (92)": r"\.at\(\s*-?\d",
    "Object.hasOwn (93)": r"Object\.hasOwn\(",
    "structuredClone (98)": r"structuredClone\(",
    "findLast, toSorted (97-110)": r"\.(?:findLast|findLastIndex|toSorted|toReversed|toSpliced|with)\(",
    "top-level await, class fields #": r"(?:^|\n)await\s|this\.#",
    "Array.fromAsync, groupBy": r"fromAsync\(|Object\.groupBy|Map\.groupBy",
    "showPopover, dialog": r"showPopover|togglePopover|showModal",
    "crypto.randomUUID (92)": r"randomUUID\(",
    "eval": r"(?<![\w.])eval\(|new Function\(",
    "replaceChildren is 86, scrollend is not": r"scrollend",
}
MARKUP_REFUSED = {
    "inline style": r"<[^<>]*\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script\b(?![^<>]*\b(?:src\s*=|type\s*=\s*[\"']application/json))",
    "event handler": r"<[^<>]*\son[a-z]+\s*=",
    "htmx handler": r"\b(?:data-)?hx-on\b",
    "htmx eval": r"hx-(?:vals|headers|vars)\s*=\s*[\"']\s*js(?:cript)?:|hx-trigger\s*=\s*[\"'][^\"']*\[",
    "javascript address": r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:",
    "something from outside": r"<(?:script|link|img|iframe|source|video|audio)\b[^<>]*\b(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//",
    "dialog element": r"<dialog\b",
    "popover": r"\spopover(?:target)?(?:\s*=|\s|>)",
}


def css_faults(text: str) -> Iterator[str]:
    """Each feature above the floor, and rules inside rules."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r'"[^"]*"|\'[^\']*\'', '""', text)
    for name, pattern in CSS_ABOVE_FLOOR.items():
        if found := re.search(pattern, text):
            yield f"{name}: {found.group().strip()!r}"
    yield from _nested_rules(text)


def _nested_rules(text: str) -> Iterator[str]:
    open_rules: list[str] = []
    for piece in re.finditer(r"([^{};]*)([{};])", text):
        head, mark = piece.group(1).strip(), piece.group(2)
        if mark == "{":
            if open_rules and not open_rules[-1].startswith("@"):
                yield f"nesting (112): {head!r} in {open_rules[-1]!r}"
            open_rules.append(head)
        elif mark == "}" and open_rules:
            open_rules.pop()


def js_faults(text: str) -> Iterator[str]:
    for name, pattern in JS_ABOVE_FLOOR.items():
        if found := re.search(pattern, text):
            yield f"{name}: {found.group().strip()!r}"


def markup_faults(text: str) -> Iterator[str]:
    """Inline style, script and handlers, in a template or in the markup a Python file writes."""
    text = re.sub(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}", " ", text, flags=re.S)
    # A template tag may hold < and >; what it prints is checked where it is written.
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)
    for name, pattern in MARKUP_REFUSED.items():
        if found := re.search(pattern, text, flags=re.I):
            yield f"{name}: {found.group().strip()[:80]!r}"
