from collections import Counter
from dataclasses import astuple
from itertools import islice

import pytest

from lianfang.demo import people, places
from lianfang.demo.identity import Issuer, check_character
from lianfang.demo.officers import upper_officers


@pytest.fixture(scope="module")
def county():
    return list(people.population())


@pytest.fixture(scope="module")
def estate_village(county):
    return next(batch for batch in county if batch.village.code == places.ESTATE_VILLAGE)


def everybody(batches):
    return [person for batch in batches for person in batch.persons]


def in_township(batches, code):
    return [batch for batch in batches if batch.village.code.startswith(code)]


def test_a_target_below_the_whole_places_is_refused():
    with pytest.raises(ValueError):
        list(people.population(20_000))


def test_thin_county_has_two_whole_places_and_samples_elsewhere(county):
    assert len(county) == 315
    whole = [batch for batch in county if not batch.village.is_sample]
    assert len(whole) == 14
    assert sum(len(b.households) for b in in_township(county, places.WHOLE_TOWNSHIP)) == 7573
    estate = in_township(county, places.ESTATE_COMMUNITY)
    assert sum(len(b.households) for b in estate) == 2292
    assert all(len(b.households) == 10 for b in county if b.village.is_sample)


def test_numbers_are_valid_and_nobody_has_anothers(county):
    persons = everybody(county)
    assert len({p.id_number for p in persons}) == len(persons)
    for p in persons:
        assert p.id_number[17] == check_character(p.id_number[:17])
        assert p.id_number[6:14] == p.birth_on.strftime("%Y%m%d")
        assert (int(p.id_number[16]) % 2 == 1) == (p.sex == "male")
        assert p.phone is None or (len(p.phone) == 11 and p.phone[0] == "1")
    assert any(p.id_number.endswith("X") for p in persons)
    assert max(p.birth_on for p in persons) <= people.AS_OF


def test_keys_and_references_are_unique_and_tie_the_rows_together(county):
    doors = [d.key for b in county for d in b.doors]
    households = [h.key for b in county for h in b.households]
    assert doors == list(range(1, len(doors) + 1))
    assert households == list(range(1, len(households) + 1))
    assert [p.key for p in everybody(county)] == list(range(1, len(everybody(county)) + 1))
    assert {p.household_key for p in everybody(county)} == set(households)
    lived_in = [d.key for b in county for d in b.doors if d.use != "vacant"]
    assert [h.door_key for b in county for h in b.households] == lived_in
    assert len({p.reference for p in everybody(county)}) == len(everybody(county))


def test_half_of_the_township_is_away_and_the_town_is_not(county):
    def away_share(code):
        registered = [p for p in everybody(in_township(county, code)) if p.is_registered_here]
        return sum(not p.is_living_here for p in registered) / len(registered)

    assert 0.45 < away_share(places.WHOLE_TOWNSHIP) < 0.55
    assert away_share(places.ESTATE_COMMUNITY) < 0.25


def test_the_three_bases_agree_with_the_places(county):
    for p in everybody(county):
        assert p.is_registered_here or p.is_living_here
        assert p.is_living_here or not p.is_here_tonight
        assert (p.away_place == "") == p.is_living_here
        assert (p.registered_place == "") == p.is_registered_here
    bases = Counter((p.is_registered_here, p.is_living_here, p.is_here_tonight) for p in everybody(county))
    assert len(bases) == 5  # every combination that can be


def test_lists_have_what_real_lists_have(county):
    """Same names in one village, shared phones, phones missing, vacant doors, odd names."""
    for batch in in_township(county, places.WHOLE_TOWNSHIP):
        assert max(Counter(p.name for p in batch.persons).values()) >= 2, batch.village.name
        assert any(d.use == "vacant" for d in batch.doors)
    persons = everybody(county)
    phones = Counter(p.phone for p in persons)
    assert 0.03 < phones[None] / len(persons) < 0.25
    assert any(count > 1 for phone, count in phones.items() if phone)
    assert any("·" in p.name for p in persons)
    assert any("䶮" in p.name for p in persons)
    assert any(p.relation == "tenant" for p in persons)
    assert {h.kind for b in county for h in b.households} == {"family", "collective"}


def test_families_carry_one_surname_and_real_generations(county):
    by_household = {}
    for p in everybody(in_township(county, places.WHOLE_TOWNSHIP)):
        by_household.setdefault(p.household_key, []).append(p)
    own = 0
    for house in by_household.values():
        head = next(p for p in house if p.relation == "head")
        for p in house:
            if p.relation == "grandchild" and head.sex == "male":
                assert p.name[0] == head.name[0]
                own += 1
            if p.relation == "child":
                assert (p.birth_on - head.birth_on).days > 15 * 365
    assert own > 1000


def test_the_known_doors_are_as_the_tour_tells(estate_village):
    areas = {code: name for code, name, *_ in estate_village.areas}
    doors = {(areas[d.area_code], d.label): d for d in estate_village.doors}
    households = {h.door_key: h for h in estate_village.households}

    def at(area, label):
        key = households[doors[area, label].key].key
        return [p.name for p in estate_village.persons if p.household_key == key]

    assert at("3栋", "2单元501") == ["欧阳德顺", "罗桂香", "欧阳志斌", "欧阳雨桐"]
    assert at("3组", "屋场坪") == ["米秀英"]
    school = households[doors["4组", "老学堂"].key]
    assert (school.kind, school.head_name) == ("collective", "肖春生")
    assert len(at("4组", "老学堂")) == 9
    assert doors["3栋", "2单元602"].use == "vacant"
    assert len(estate_village.households) == 586


def test_each_grid_and_group_has_one_worker(county):
    for batch in county:
        work_areas = [code for code, _, level, _ in batch.areas if level in ("grid", "group")]
        given = [c for o in batch.officers if o.role == "grid_worker" for c in o.area_codes]
        assert sorted(given) == sorted(work_areas)
        assert [o.area_codes for o in batch.officers if o.role == "village_lead"] == [(batch.village.code,)]


def test_the_cast_is_there_with_its_doors(county, estate_village):
    officers = upper_officers(Issuer(), "x") + [o for b in county for o in b.officers]
    cast = {o.cast: o for o in officers if o.cast}
    assert {key: o.name for key, o in cast.items()} == {
        "county_lead": "刘志远",
        "data_officer": "周敏",
        "township_lead": "戴春燕",
        "village_lead": "邓永福",
        "grid_worker": "王小红",
        "second_grid_worker": "曾祥林",
        "neighbour_grid_worker": "谭小英",
        "inspector": "瞿敏",
        "auditor": "申志文",
    }
    lived_in = Counter()
    for door in estate_village.doors:
        if door.use != "vacant":
            lived_in[
                next(
                    c
                    for c, _, level, _ in estate_village.areas
                    if level in ("grid", "group") and door.area_code.startswith(c)
                )
            ] += 1
    assert sum(lived_in[c] for c in cast["grid_worker"].area_codes) == 180
    assert sum(lived_in[c] for c in cast["second_grid_worker"].area_codes) == 164
    township = [o for o in officers if o.role == "township_lead"]
    assert len(township) == 36  # a lead and somebody on duty in each of 18


def test_the_same_seed_gives_the_same_county_and_another_seed_another():
    def first(seed):
        return [astuple(batch) for batch in islice(people.population(seed=seed), 2)]

    assert first("one") == first("one")
    assert first("one") != first("two")


def test_a_target_is_met():
    wanted = 60_000
    batches = list(people.population(wanted))
    assert len(everybody(batches)) == pytest.approx(wanted, rel=0.01)
    assert not any(batch.village.is_sample for batch in batches)
    assert len(batches) == 315
