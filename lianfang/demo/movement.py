"""Who is where tonight: registered here, living here, at home, and if not, where.

The weights are set so that in a township about half of those registered are away: the
working age in Guangdong, some of the children with them, the old at home.
"""

import random

# (registered here, living here, here tonight, away place, registered place)
Whereabouts = tuple[bool, bool, bool, str, str]

HERE: Whereabouts = (True, True, True, "", "")
OUT_TONIGHT: Whereabouts = (True, True, False, "", "")

AWAY_PLACES = tuple(
    place
    for place, weight in (
        ("广东省东莞市", 20),
        ("广东省深圳市", 16),
        ("广东省广州市", 10),
        ("广东省佛山市", 8),
        ("广东省惠州市", 6),
        ("广东省中山市", 4),
        ("湖南省长沙市", 10),
        ("湖南省邵阳市", 5),
        ("湖南省怀化市", 2),
        ("浙江省宁波市", 3),
        ("浙江省金华市义乌市", 3),
        ("浙江省温州市", 2),
        ("江苏省苏州市昆山市", 3),
        ("福建省泉州市晋江市", 3),
        ("上海市", 2),
        ("广西壮族自治区桂林市", 2),
        ("贵州省贵阳市", 1),
        ("云南省昆明市", 1),
        ("北京市", 1),
    )
    for _ in range(weight)
)
# Where an incomer is registered, and the prefix of the identity number that goes with it.
ORIGINS = tuple(
    origin
    for origin, weight in (
        (("430525", "湖南省邵阳市洞口县"), 6),
        (("430527", "湖南省邵阳市绥宁县"), 5),
        (("430528", "湖南省邵阳市新宁县"), 5),
        (("430529", "湖南省邵阳市城步苗族自治县"), 5),
        (("430524", "湖南省邵阳市隆回县"), 3),
        (("430523", "湖南省邵阳市邵阳县"), 3),
        (("431224", "湖南省怀化市溆浦县"), 2),
        (("522629", "贵州省黔东南州剑河县"), 3),
        (("511621", "四川省广安市岳池县"), 2),
        (("422802", "湖北省恩施州利川市"), 2),
        (("450329", "广西壮族自治区桂林市资源县"), 2),
    )
    for _ in range(weight)
)
FAR_ORIGIN = ("653125", "新疆维吾尔自治区喀什地区莎车县")  # with the names written with a dot
NEIGHBOUR_PREFIXES = ("430525", "430527", "430528", "430529", "430524")  # where wives come from
OLD_PREFIXES = (("432623", 1966), ("430526", 1985))  # prefixes the county had, for births up to

CHILD_AGE, GROWN_AGE, ELDER_AGE = 15, 18, 60


def id_prefix(rng: random.Random, birth_year: int, is_married_in: bool) -> str:
    """Draw the area part for somebody of the county: mostly its present code."""
    roll = rng.random()
    if is_married_in and roll < 0.22:
        return NEIGHBOUR_PREFIXES[int(rng.random() * len(NEIGHBOUR_PREFIXES))]
    if birth_year <= 1985 and roll > 0.86:
        return OLD_PREFIXES[0][0] if birth_year <= OLD_PREFIXES[0][1] else OLD_PREFIXES[1][0]
    return "430581"


def _leave_chance(age: float, is_urban: bool) -> float:
    if age < CHILD_AGE:
        return 0.1 if is_urban else 0.32
    if age < GROWN_AGE:
        return 0.1 if is_urban else 0.3
    if age < 50:
        return 0.2 if is_urban else 0.78
    if age < ELDER_AGE:
        return 0.1 if is_urban else 0.5
    return 0.03 if is_urban else 0.09


def of_family(rng: random.Random, ages: list[float], is_urban: bool) -> list[Whereabouts]:
    """Return where each of a registered household is; `ages` in its order."""
    roll = rng.random()
    common = AWAY_PLACES[int(rng.random() * len(AWAY_PLACES))]
    if roll < (0.05 if is_urban else 0.08) and max(ages) < 70:
        return [(True, False, False, common, "")] * len(ages)  # the door is locked all year
    factor = 0.3 if roll > (0.7 if is_urban else 0.87) else 1.0  # some houses stay together
    result = []
    followed = ""  # where the grown-ups went: children go with somebody, never alone
    for age in ages:
        chance = _leave_chance(age, is_urban) * factor
        if age < CHILD_AGE and not followed:
            chance = 0.0
        if rng.random() >= chance:
            result.append(OUT_TONIGHT if rng.random() < 0.025 else HERE)
        elif age < CHILD_AGE:
            result.append((True, False, False, followed, ""))
        else:
            place = common if rng.random() < 0.75 else AWAY_PLACES[int(rng.random() * len(AWAY_PLACES))]
            if age >= GROWN_AGE:
                followed = place
            result.append((True, False, False, place, ""))
    is_tended = any(there[1] and age >= CHILD_AGE for age, there in zip(ages, result, strict=True))
    if followed and not is_tended:
        return [there if not there[1] else (True, False, False, followed, "") for there in result]
    return result


def of_incomers(rng: random.Random, count: int, registered_place: str) -> list[Whereabouts]:
    """Return the whereabouts of people who live here and are registered elsewhere."""
    return [(False, True, rng.random() > 0.03, "", registered_place) for _ in range(count)]
