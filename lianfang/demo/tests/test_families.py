from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.demo import families, movement, names

seeds = st.integers(min_value=0, max_value=10**9).map(lambda n: names.seeded(str(n)))


def is_plausible(drafts):
    """Check the ages of one family against the head's; drafts as families.draw_family gives them."""
    by_relation = {}
    for relation, is_male, age, _ in drafts:
        by_relation.setdefault(relation, []).append((is_male, age))
    ((head_is_male, head),) = by_relation["head"]
    assert head >= 20
    for spouse_is_male, age in by_relation.get("spouse", []):
        assert spouse_is_male != head_is_male
        assert age >= 20
    assert len(by_relation.get("spouse", [])) <= 1
    assert all(head - age >= 15 for _, age in by_relation.get("child", []))
    assert all(age - head >= 15 for _, age in by_relation.get("parent", []))
    assert all(head - age >= 30 for _, age in by_relation.get("grandchild", []))
    grown = [age for _, age in by_relation.get("child", []) if age >= 20]
    # A grandchild's parents are at home as the head's children, or registered elsewhere.
    for _, age in by_relation.get("grandchild", []):
        assert not grown or min(grown) - age >= 15


@settings(max_examples=300, deadline=None)
@given(rng=seeds, is_urban=st.booleans())
def test_ages_fit_relations(rng, is_urban):
    drafts = families.draw_family(rng, is_urban)
    assert 1 <= len(drafts) <= families.LARGEST
    assert drafts[0][0] == "head"
    assert all(0 <= age < 105 for _, _, age, _ in drafts)
    is_plausible(drafts)


@settings(max_examples=60, deadline=None)
@given(rng=seeds, use=st.sampled_from(["nursing_home", "site", "dormitory"]))
def test_a_collective_has_a_grown_contact_and_no_kin(rng, use):
    drafts = families.draw_collective(rng, use)
    assert drafts[0][0] == "head"
    assert {relation for relation, *_ in drafts[1:]} == {"other"}
    assert all(age >= 19 for _, _, age, _ in drafts)


@settings(max_examples=300, deadline=None)
@given(rng=seeds, is_urban=st.booleans())
def test_no_small_child_is_left_at_home_alone(rng, is_urban):
    ages = [age for _, _, age, _ in families.draw_family(rng, is_urban)]
    where = movement.of_family(rng, ages, is_urban)
    assert len(where) == len(ages)
    for is_registered, is_living, is_tonight, away_place, registered_place in where:
        assert is_registered
        assert registered_place == ""
        assert is_living == (away_place == "")
        assert is_living or not is_tonight
    living = [age for age, there in zip(ages, where, strict=True) if there[1]]
    assert not living or max(living) >= 15


def test_households_have_about_three_people():
    rng = names.seeded("mean")
    for is_urban in (False, True):
        sizes = [len(families.draw_family(rng, is_urban)) for _ in range(8000)]
        assert 2.8 < sum(sizes) / len(sizes) < 3.4
