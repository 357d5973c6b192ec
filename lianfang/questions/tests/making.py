"""Random conditions and answers for property tests, over the questions of the shared vectors."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

INTS = ("n", "m", "d", "d2")
DOUBLES = ("t",)
BOOLS = ("b", "b2")
TEXTS = {"c": ("own", "rent", "none"), "s": ("武冈", "G1", "")}
LISTS = {"l": ("none", "food", "care")}


def _int() -> st.SearchStrategy[str]:
    leaf = st.sampled_from(INTS) | st.integers(0, 30000).map(str)
    return leaf | st.tuples(leaf, st.sampled_from("+-*/"), leaf).map(" ".join)


def _double() -> st.SearchStrategy[str]:
    leaf = st.sampled_from(DOUBLES) | st.sampled_from(("37.3", "0.0", "36.55"))
    return leaf | st.tuples(leaf, st.sampled_from("+-*/"), leaf).map(" ".join)


def _compared() -> st.SearchStrategy[str]:
    order = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
    same = st.sampled_from(("==", "!="))
    name = st.sampled_from((*INTS, *DOUBLES, *BOOLS, *TEXTS, *LISTS))
    code = st.sampled_from(("own", "rent", "none")).map(repr)
    kind = st.sampled_from(LISTS["l"]).map(repr)
    return st.one_of(
        st.tuples(_int(), order, _int()).map(" ".join),
        st.tuples(_double(), order, _double()).map(" ".join),
        st.tuples(name, same, st.just("null")).map(" ".join),
        st.sampled_from(BOOLS),
        st.tuples(st.just("c"), same, code).map(" ".join),
        st.tuples(kind, st.just("in l")).map(" ".join),
        st.tuples(code, code).map(lambda pair: f"c in [{pair[0]}, {pair[1]}]"),
        st.tuples(st.sampled_from(("exists", "all")), kind).map(
            lambda pair: f"l.{pair[0]}(x, x == {pair[1]})"
        ),
        kind.map(lambda one: f"size(l.filter(x, x != {one})) > 1"),
        st.sampled_from(
            ("s.contains('冈')", "s.startsWith('G')", "s.matches('^[0-9]+$')", "true", "size(l) == 2")
        ),
    )


def conditions() -> st.SearchStrategy[str]:
    """Conditions that the validator takes."""
    return st.recursive(
        _compared(),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda made: f"({' '.join(made)})"),
            inner.map(lambda made: f"!({made})"),
            st.tuples(inner, inner, inner).map(lambda made: f"({made[0]} ? {made[1]} : {made[2]})"),
        ),
        max_leaves=5,
    ).filter(lambda made: len(made) <= 400)


def answers() -> st.SearchStrategy[dict[str, Any]]:
    """Answers that fit, that are missing, and that fit nothing."""
    junk = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.lists(st.integers(), max_size=2),
    )
    day = st.dates().map(str)
    fitting: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("n", "m"), st.integers(-5, 40)),
        "t": st.floats(30, 45),
        **dict.fromkeys(("d", "d2"), day),
        **dict.fromkeys(BOOLS, st.booleans()),
        **{key: st.sampled_from(codes) for key, codes in TEXTS.items()},
        "l": st.lists(st.sampled_from(LISTS["l"]), max_size=3),
    }
    return st.fixed_dictionaries({}, optional={key: junk | fits | fits for key, fits in fitting.items()})
