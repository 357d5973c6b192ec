"""表单: who may make one, what is kept, and what becomes of it."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.campaigns.forms import columns
from lianfang.campaigns.tests.test_form_files import book
from lianfang.core import clock
from lianfang.questions.forming import purge_drafts
from lianfang.questions.models import Form, FormDraft, Question
from tests.world import TONIGHT

pytestmark = pytest.mark.django_db
HEADER = (
    "序号\t姓名\t身份证号码\t联系电话\t民族\t是否养犬\t养犬数量（只）\t饮水来源（自来水/井水/山泉水）\t年龄"
)


@pytest.fixture
def browser(world):
    def signed_in(name):
        found = Client()
        found.force_login(world.users[name])
        return found

    with clock.frozen(TONIGHT):
        yield signed_in


def paste(browser, text=HEADER, purpose="household_sweep"):
    answer = browser.post("/forms/new", {"purpose": purpose, "text": text, "way": "pasted"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"]


def fields_of(browser, address, **changes):
    """What the page of a draft would send back as it stands."""
    page = browser.get(address)
    data = {
        "title": page.context["draft"].title,
        "purpose": page.context["draft"].purpose,
        "yes": [],
        "required": [],
    }
    for one in page.context["lines"]:
        line, new = one["line"], one["new"]
        if one["is_fixed"]:
            continue
        data[f"as-{line.id}"] = one["as"]
        data[f"if-{line.id}"] = line.show_if
        if line.is_agreed:
            data["yes"].append(line.id)
        if line.is_required:
            data["required"].append(line.id)
        if line.kind == "ask" and new and not line.question:
            data |= {
                f"label-{line.id}": new.label,
                f"type-{line.id}": new.type,
                f"about-{line.id}": new.about,
                f"privacy-{line.id}": new.privacy,
                f"choices-{line.id}": one["choices"],
                f"low-{line.id}": "" if new.low is None else str(new.low),
                f"high-{line.id}": "" if new.high is None else str(new.high),
            }
    return data | changes


def test_a_village_leader_makes_no_form_and_sees_those_offered(browser):
    assert browser("邓永福").get("/forms/new").status_code == 403
    page = browser("邓永福").get("/forms")
    assert page.status_code == 200
    assert "入户排查" in page.content.decode()
    assert "做一张表" not in page.content.decode()


def test_a_form_needs_a_purpose(browser):
    answer = browser("周敏").post("/forms/new", {"purpose": "", "text": HEADER, "way": "pasted"})
    assert answer.status_code == 400
    assert "用途" in answer.content.decode()
    assert not FormDraft.objects.exists()


def test_a_pasted_header_becomes_a_form_after_a_yes(browser):
    officer = browser("周敏")
    draft = paste(officer)
    page = officer.get(draft)
    text = page.content.decode()
    assert "按规定不得收集" in text
    assert page.context["waiting_count"] == 3
    refused = officer.post(draft, fields_of(officer, draft, title="养犬饮水摸底", do="finish"))
    assert refused.status_code == 400  # nobody said yes to anything
    data = fields_of(officer, draft, title="养犬饮水摸底", do="finish")
    data["yes"] = [one["line"].id for one in page.context["lines"] if one["line"].waits]
    answer = officer.post(draft, data)
    assert answer.status_code == 302, answer.content.decode()
    form = Form.objects.latest("pk")
    assert answer["Location"] == f"/forms/{form.key}/1"
    made = [Question.objects.get(key=item["question"]) for item in form.definition["items"]]
    assert [question.definition["label"]["zh-Hans"] for question in made] == [
        "是否养犬",
        "养犬数量",
        "饮水来源",
    ]
    assert all(question.key.startswith("q_county_") and question.key.isascii() for question in made)
    assert {tuple(question.definition["purposes"]) for question in made} == {("household_sweep",)}
    assert officer.get(answer["Location"]).status_code == 200
    again = officer.get(draft)
    assert again.status_code == 302  # the draft is the form now


def test_pages_answer_in_few_statements(browser, django_assert_max_num_queries):
    officer = browser("周敏")
    draft = paste(officer)
    officer.get("/forms/household_sweep")  # definitions never change: read once a process
    for address in ("/forms", "/forms?show=drafts", "/forms/new", draft, "/forms/household_sweep"):
        with django_assert_max_num_queries(12):
            assert officer.get(address).status_code == 200, address


def desk_draft(officer, *added, purpose="vector_control"):
    """A form begun at the desk, with these lines."""
    address = officer.post("/forms/new", {"purpose": purpose, "title": "积水养犬", "way": "desk"})["Location"]
    for text in added:
        data = fields_of(officer, address, add=text, do="add")
        assert officer.post(address, data).status_code == 302
    return address


def lines_of(officer, address):
    return {one["line"].header: one["line"] for one in officer.get(address).context["lines"]}


def test_a_form_from_the_desk_takes_the_dictionary_and_new_questions(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "屋内外积水", "竹筒个数（个）", "党员姓名")
    lines = lines_of(officer, address)
    assert lines["屋内外积水"].question == "standing_water"
    assert lines["竹筒个数（个）"].new.type == "integer"
    assert lines["党员姓名"].kind == "refused"
    data = fields_of(officer, address, do="finish")
    data[f"if-{lines['竹筒个数（个）'].id}"] = "standing_water == 'left'"
    answer = officer.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    items = Form.objects.latest("pk").definition["items"]
    assert items[0] == {"question": "standing_water", "version": items[0]["version"], "required": True}
    assert items[1]["show_if"] == "standing_water == 'left'"


def test_a_condition_that_means_nothing_is_said_at_once_and_makes_no_form(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "屋内外积水", "竹筒个数（个）")
    line = lines_of(officer, address)["竹筒个数（个）"]
    data = fields_of(officer, address)
    data[f"if-{line.id}"] = "standing_water == 'sea'"
    page = officer.post(f"{address}/check", data)
    assert page.status_code == 200
    assert len(page.context["faults"]) == 1
    assert f"#row-{line.id}" in page.content.decode()
    before = Form.objects.count()
    assert officer.post(address, data | {"do": "finish"}).status_code == 400
    assert Form.objects.count() == before
    assert (
        lines_of(officer, address)["竹筒个数（个）"].show_if == "standing_water == 'sea'"
    )  # what was typed stays


def test_conditions_between_new_questions_get_their_keys(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬", "养犬数量（只）")
    lines = lines_of(officer, address)
    dog, count = lines["是否养犬"], lines["养犬数量（只）"]
    data = fields_of(officer, address, do="finish")
    data[f"if-{count.id}"] = f"{dog.id} == true"
    assert officer.post(address, data).status_code == 302
    items = Form.objects.latest("pk").definition["items"]
    assert items[1]["show_if"] == f"{items[0]['question']} == true"


def test_the_phone_opens_what_its_condition_opens(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬", "养犬数量（只）")
    lines = lines_of(officer, address)
    dog, count = lines["是否养犬"], lines["养犬数量（只）"]
    data = fields_of(officer, address)
    data[f"if-{count.id}"] = f"{dog.id} == true"

    def is_open(**tapped):
        page = officer.post(f"{address}/check", data | tapped)
        return [item.is_open for item in page.context["phone"]["household"]]

    assert is_open() == [True, False]
    assert is_open(**{f"a-{dog.id}": "true"}) == [True, True]
    assert is_open(**{f"a-{dog.id}": "false"}) == [True, False]


def test_the_preview_offers_what_the_phone_offers(browser):
    """Answer.vue: no before yes, 没有 and 有 where that was asked, small counts as one tap each, others typed."""
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬", "有没有积水", "养犬数量（只）")
    count = lines_of(officer, address)["养犬数量（只）"]

    def shown(**tapped):
        page = officer.post(f"{address}/check", fields_of(officer, address) | tapped)
        return page.context["phone"]["household"]

    dog, water, dogs = ([label for _code, label in item.options] for item in shown())
    assert (dog, water) == (["否", "是"], ["没有", "有"])
    assert dogs == ["0", "1", "2", "3", "4", "更多"]
    assert shown()[2].shows_input is False
    typing = shown(**{f"a-{count.id}": ["more", "12"]})[2]
    assert (typing.shows_input, typing.typed) == (True, "12")


def test_a_form_that_is_made_never_changes_and_has_a_next_version(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬")
    assert officer.post(address, fields_of(officer, address, do="finish")).status_code == 302
    first = Form.objects.latest("pk")
    assert officer.post(address, {"do": "save", "title": "改"}).status_code == 409
    copy = officer.post(f"/forms/{first.key}/1/copy")["Location"]
    assert officer.post(copy, fields_of(officer, copy, add="犬只是否免疫", do="add")).status_code == 302
    assert officer.post(copy, fields_of(officer, copy, do="finish")).status_code == 302
    second = Form.objects.latest("pk")
    assert (second.key, second.version) == (first.key, 2)
    assert second.definition["items"][0] == first.definition["items"][0]
    page = officer.get(f"/forms/{first.key}")
    assert page.context["stored"] == second
    assert officer.get(f"/forms/{first.key}/1").context["stored"] == first


def test_what_came_with_the_system_is_copied_and_never_continued(browser):
    officer = browser("周敏")
    copy = officer.post("/forms/vaccination_survey/1/copy")["Location"]
    assert officer.post(copy, fields_of(officer, copy, do="finish")).status_code == 302
    made = Form.objects.latest("pk")
    assert made.key.startswith("county_")
    assert made.version == 1
    assert made.definition["items"][1]["show_if"]


def test_a_draft_is_put_away_without_its_samples_and_brought_back(browser):
    officer = browser("周敏")
    address = paste(officer, "姓名\t是否养犬\t备用\n易国强\t是\t绿色\n覃桂花\t否\t蓝色")
    assert "绿色" in officer.get(address).content.decode()
    assert officer.post(f"{address}/act", {"do": "remove"}).status_code == 302
    assert officer.get("/forms?show=drafts").context["drafts"] == []
    assert len(officer.get("/forms?show=removed").context["drafts"]) == 1
    assert officer.post(address, {"do": "save"}).status_code == 409
    assert officer.post(f"{address}/act", {"do": "bring_back"}).status_code == 302
    assert "绿色" not in officer.get(address).content.decode()
    assert lines_of(officer, address)["是否养犬"].kind == "ask"


def test_a_form_is_offered_in_the_area_that_made_it_and_nowhere_beside(world, browser):
    from lianfang.campaigns.queries.forms import forms_offered
    from lianfang.questions.forming import store_form

    definition = {
        "title": {"zh-Hans": "泉塘自己的表"},
        "purpose": "vector_control",
        "proxy_allowed": True,
        "items": [{"question": "standing_water", "version": 1, "required": True}],
    }
    with world.acting("周敏"):
        made = store_form(definition, {}, area_path=world.areas["湾头桥镇"].path, by=world.users["周敏"].pk)
    for name, sees in (("戴春燕", False), ("刘志远", True), ("邓永福", False)):
        with world.acting(name) as scope:
            assert (made.key in {form.key for form in forms_offered(scope)}) is sees, name
            assert "household_sweep" in {form.key for form in forms_offered(scope)}
    assert browser("戴春燕").get(f"/forms/{made.key}").status_code == 404
    assert browser("刘志远").get(f"/forms/{made.key}").status_code == 200


def test_two_at_once_never_get_one_key(world):
    from lianfang.questions.operations import make_form

    with world.acting("周敏"):
        keys = [
            make_form(title="表", purpose="vector_control", question_keys=["standing_water"], by=1).key
            for _ in range(3)
        ]
    assert len(set(keys)) == 3


def test_the_list_is_filtered_sorted_and_downloaded(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬")
    officer.post(address, fields_of(officer, address, do="finish"))
    assert [line.title for line, _ in officer.get("/forms?q=积水养犬").context["lines"]] == ["积水养犬"]
    assert {purpose for _, purpose in officer.get("/forms?purpose=vaccination").context["lines"]} == {
        "疫苗接种"
    }
    titles = [line.title for line, _ in officer.get("/forms?sort=title").context["lines"]]
    assert titles == sorted(titles)
    assert officer.get("/forms.xlsx?q=积水").status_code == 200
    assert "没有符合的表" in officer.get("/forms?q=没有这张").content.decode()


def test_declaring_opens_with_the_form_chosen(browser):
    page = browser("周敏").get("/campaigns/new?form=standing_water/1").content.decode()
    assert '<option value="standing_water/' in page
    assert "selected>积水" in page


def test_moving_a_line_up(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "是否养犬", "养犬数量（只）")
    last = lines_of(officer, address)["养犬数量（只）"]
    assert officer.post(address, fields_of(officer, address, do=f"up:{last.id}")).status_code == 302
    assert list(lines_of(officer, address)) == ["养犬数量（只）", "是否养犬"]


def test_the_same_table_again_knows_its_columns(browser):
    officer = browser("周敏")
    address = paste(officer)
    data = fields_of(officer, address, title="一", do="finish")
    data["yes"] = [one["line"].id for one in officer.get(address).context["lines"] if one["line"].waits]
    assert officer.post(address, data).status_code == 302
    again = officer.get(paste(officer))
    assert again.context["waiting_count"] == 0
    assert again.context["known_count"] == 3


def test_a_workbook_and_an_xlsform_come_by_upload(browser):
    officer = browser("周敏")

    def send(rows, more=(), name="表.xlsx"):
        content = book(rows, more=more, sheet="survey" if more else "表1")
        return officer.post(
            "/forms/new", {"purpose": "care", "way": "file", "file": SimpleUploadedFile(name, content)}
        )

    table = officer.get(send([["姓名", "是否独居（是/否）"]])["Location"])
    assert table.context["draft"].title == "表"
    assert [one["line"].cell for one in table.context["lines"]] == ["A1", "B1"]
    survey = [["type", "name", "label"], ["select_one yn", "alone", "一个人住吗"], ["geopoint", "g", "位置"]]
    choices = [["list_name", "name", "label"], ["yn", "y", "是"], ["yn", "n", "否"]]
    form = officer.get(send(survey, more=[("choices", choices)])["Location"])
    assert form.context["draft"].source == "xlsform"
    assert "survey A3" in form.content.decode()
    broken = officer.post(
        "/forms/new", {"purpose": "care", "file": SimpleUploadedFile("坏.xlsx", b"PK\x03\x04")}
    )
    assert broken.status_code == 400
    assert "文件读不了" in broken.content.decode()


def test_a_question_of_one_name_for_two_purposes_is_found_for_each(browser):
    officer = browser("周敏")
    for purpose in ("household_sweep", "care"):
        address = paste(officer, "姓名\t是否养犬", purpose=purpose)
        page = officer.get(address)
        assert page.context["waiting_count"] == 1, purpose
        data = fields_of(officer, address, title=purpose, do="finish")
        data["yes"] = [one["line"].id for one in page.context["lines"] if one["line"].waits]
        assert officer.post(address, data).status_code == 302
    for purpose in ("household_sweep", "care"):
        page = officer.get(paste(officer, "姓名\t是否养犬", purpose=purpose))
        assert page.context["waiting_count"] == 0, purpose


def test_the_dictionary_brings_its_conditions_along(browser):
    officer = browser("周敏")
    page = officer.get(paste(officer, "姓名\t疫苗剂次\t未种原因", purpose="vaccination"))
    lines = [one["line"] for one in page.context["lines"]]
    assert [line.question for line in lines[1:]] == ["dose_count", "not_vaccinated_reason"]
    assert lines[2].show_if
    assert page.context["faults"] == []


def test_another_purpose_takes_no_question_along_that_does_not_serve_it(browser):
    officer = browser("周敏")
    address = desk_draft(officer, "屋内外积水")
    assert lines_of(officer, address)["屋内外积水"].question == "standing_water"
    assert officer.post(address, fields_of(officer, address, purpose="care", do="save")).status_code == 302
    line = lines_of(officer, address)["屋内外积水"]
    assert line.question == ""
    assert line.waits
    assert line.new.type == "choice"


def test_a_recognised_column_is_corrected_by_choosing_another_question(browser):
    officer = browser("周敏")
    address = paste(officer, "姓名\t是否发热\t备用", purpose="household_sweep")
    line = lines_of(officer, address)["备用"]
    data = fields_of(officer, address, title="改认", do="save") | {f"as-{line.id}": "household_needs"}
    assert officer.post(address, data).status_code == 302
    assert lines_of(officer, address)["备用"].question == "household_needs"
    register = lines_of(officer, address)["姓名"]
    data = fields_of(officer, address) | {f"as-{register.id}": "new"}
    assert officer.post(address, data | {"do": "save"}).status_code == 302
    assert lines_of(officer, address)["姓名"].is_asked  # who turns it by hand has said yes


def test_a_draft_that_nobody_goes_on_with_is_gone_after_a_month(browser, world):
    """Its samples are out of somebody's table."""
    for _ in range(4):
        browser("周敏").post("/forms/new", {"purpose": "returnee_watch", "text": HEADER, "way": "pasted"})
    with world.as_root():
        _forsaken, removed, made, fresh = FormDraft.objects.order_by("pk")
        long_ago = clock.now() - dt.timedelta(days=31)
        FormDraft.objects.exclude(pk=fresh.pk).update(changed_at=long_ago)
        FormDraft.objects.filter(pk=removed.pk).update(removed_at=long_ago)
        FormDraft.objects.filter(pk=made.pk).update(form=Form.objects.first())
    assert purge_drafts() == 2
    with world.as_root():
        assert set(FormDraft.objects.values_list("pk", flat=True)) == {made.pk, fresh.pk}
        FormDraft.objects.filter(pk=fresh.pk).update(removed_at=clock.now(), changed_at=long_ago)
    assert purge_drafts() == 0  # put away today, it can be brought back


@pytest.mark.parametrize(
    ("heading", "is_asked"),
    [
        ("住户签名", False),
        ("户主签名或按手印", False),
        ("被访人签章", False),
        ("家长签字", False),
        ("签名", False),
        ("签约医生", True),
        ("签订合同情况", True),
        ("是否签字", True),
        ("未签名原因", True),
    ],
)
def test_a_signature_is_nothing_to_be_asked(heading: str, is_asked: bool):
    assert (columns._KEPT.match(heading) is None) == is_asked


def test_questions_to_choose_from_stand_under_what_they_serve(browser, world):
    page = browser("周敏").get("/campaigns/new")
    groups = dict(page.context["questions"])
    assert "fever" in {one.key for one in groups["入户排查"]}
    chosen = [one.key for group in groups.values() for one in group]
    assert len(chosen) == len(set(chosen)) > 40
    assert 'data-sift="own-questions"' in page.content.decode()
