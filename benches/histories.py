"""S4: 30,000 histories of phones and server, on two cores."""

from __future__ import annotations

from benches.setting import Installation, report, seconds

HISTORIES, GOAL = 30_000, 120


def run(_: Installation) -> None:
    from tests.faults.__main__ import wrong_seeds

    wrong: list[int] = []
    took = seconds(lambda: wrong.extend(wrong_seeds(range(HISTORIES))))
    measured = f"{HISTORIES:,} in {took:.0f} s, {len(wrong)} lost, doubled, silently wrong or stuck"
    report("S4", "simulator", measured, f"≤ {GOAL} s, 0", is_met=took <= GOAL and not wrong)
