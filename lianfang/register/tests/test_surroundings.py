from lianfang.register.unread.surroundings import REACH, Surroundings


def test_the_rows_above_and_below_are_counted_by_village():
    around = Surroundings()
    for row in range(2, 100):
        if row != 50:
            around.add("表1", row, "A" if row < 45 else "B")
    around.add("表2", 3, "C")
    found = around.of([("表1", 50), ("表2", 9), ("表3", 1)])
    assert found["表1", 50] == {"A": 5, "B": 2 * REACH - 5}
    assert found["表2", 9] == {"C": 1}
    assert ("表3", 1) not in found


def test_a_sheet_begins_and_ends():
    around = Surroundings()
    around.add("表1", 2, "A")
    assert around.of([("表1", 1), ("表1", 900)]) == {("表1", 1): {"A": 1}, ("表1", 900): {"A": 1}}
