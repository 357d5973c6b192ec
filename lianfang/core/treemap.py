"""Squarified tree map (Bruls, Huizing, van Wijk 2000): areas in proportion to work, tiles as square as they can be."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rect:
    """A tile: left, top, width, height, in the units of the frame."""

    x: float
    y: float
    width: float
    height: float


def layout(values: Sequence[float], width: float, height: float) -> list[Rect]:
    """One rectangle for each value, in the order given; largest top left.

    A value of zero gets an empty rectangle. Values must not be negative, the frame must have an area.
    """
    if width <= 0 or height <= 0:
        raise ValueError("a tree map needs a frame with an area")
    if any(value < 0 for value in values):
        raise ValueError("a tree map cannot show a negative value")
    tiles = [Rect(0.0, 0.0, 0.0, 0.0)] * len(values)
    order = sorted(
        (index for index, value in enumerate(values) if value > 0), key=lambda index: -values[index]
    )
    total = float(sum(values[index] for index in order))
    free = Rect(0.0, 0.0, float(width), float(height))
    # Shares first: very large or very small values would lose digits as areas.
    areas = {index: values[index] / total * width * height for index in order}
    start = 0
    while start < len(order):
        end = start + _longest_good_strip([areas[index] for index in order[start:]], free)
        members = order[start:end]
        placed, free = _lay_strip([areas[index] for index in members], free, is_last=end == len(order))
        for index, tile in zip(members, placed, strict=True):
            tiles[index] = tile
        start = end
    return tiles


def _worst_ratio(largest: float, smallest: float, summed: float, side: float) -> float:
    """Worst side ratio in a strip of these areas along `side`."""
    return max(side * side * largest / (summed * summed), summed * summed / (side * side * smallest))


def _longest_good_strip(areas: Sequence[float], free: Rect) -> int:
    """How many of the next areas (largest first) go into one strip before its tiles get longer."""
    side = min(free.width, free.height)
    summed = areas[0]
    if side <= 0 or summed <= 0:
        return len(areas)
    worst = _worst_ratio(areas[0], areas[0], summed, side)
    for count in range(1, len(areas)):
        if areas[count] <= 0:
            return len(areas)
        grown = summed + areas[count]
        ratio = _worst_ratio(areas[0], areas[count], grown, side)
        if ratio > worst:
            return count
        summed, worst = grown, ratio
    return len(areas)


def _lay_strip(areas: Sequence[float], free: Rect, *, is_last: bool) -> tuple[list[Rect], Rect]:
    """Place a strip along the shorter side of `free`; return its tiles and what is left."""
    is_column = free.width >= free.height
    side = free.height if is_column else free.width
    length = free.width if is_column else free.height
    summed = sum(areas)
    # The last strip takes all that is left, so that rounding leaves no slit at the edge.
    depth = length if is_last else min(length, summed / side if side > 0 else 0.0)
    tiles, offset = [], 0.0
    for position, area in enumerate(areas):
        share = area / summed * side if summed > 0 else 0.0
        run = max(0.0, side - offset) if position == len(areas) - 1 else min(share, side - offset)
        if is_column:
            tiles.append(Rect(free.x, free.y + offset, depth, run))
        else:
            tiles.append(Rect(free.x + offset, free.y, run, depth))
        offset += run
    if is_column:
        rest = Rect(free.x + depth, free.y, free.width - depth, free.height)
    else:
        rest = Rect(free.x, free.y + depth, free.width, free.height - depth)
    return tiles, rest
