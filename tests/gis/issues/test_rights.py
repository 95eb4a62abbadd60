"""What of issues is told to whom, and who may write: what a split leaves behind, photos, walls, auditors, units."""

import io

import pytest
from PIL import Image

from gis.access.roles import Role
from tests.conftest import account
from tests.gis.issues.test_loop import HERE, act, report

SECRET = "机密：王家两兄弟为宅基地动手"


def picture(colour="red"):
    body = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(body, "JPEG")
    return {"photo": ("a.jpg", body.getvalue())}


def test_a_split_tells_of_its_part_the_number_only_and_offers_no_merging(street, service, db):
    desk, west = service.client("desk"), service.client("west")
    issue = report(desk)
    whole = act(desk, issue, "split", text=SECRET, **{"class": "2104"}).json()
    part = desk.get("/api/issues", params={"class": "2104"}).json()["features"][0]["properties"]
    assert (part["text"], part["urgent"], part["dispatched_at"] is not None) == (SECRET, False, True)
    assert whole["events"][-1]["details"] == {"into": part["id"]}
    assert (whole["events"][-1]["zh"], whole["events"][-1]["en"]) == ("拆分", "Split")
    act(desk, issue, "split", text="楼道垃圾又堆起来了", **{"class": "0102"})
    again = desk.get("/api/issues", params={"class": "0102"}).json()["features"][0]["properties"]["id"]
    for number in (issue["id"], part["id"], again):
        assert desk.get(f"/api/issues/{number}").json()["alike"] == []
    # as it was written before
    db.execute("UPDATE issue_event SET details = details || %s::jsonb WHERE action = 'split'",
               ('{"text": "机密", "class": "2104"}',))  # fmt: skip
    told = west.get(f"/api/issues/{issue['id']}")
    assert told.status_code == 200
    assert "机密" not in told.text
    assert "2104" not in told.text
    assert west.get(f"/api/issues/{part['id']}").status_code == 404


def test_urgency_follows_the_class_and_the_words_of_whatever_is_reclassified_or_split(street, service):
    desk = service.client("desk")
    issue = report(desk)
    assert not issue["urgent"]
    assert act(desk, issue, "reclassify", **{"class": "0403"}).json()["urgent"], (
        "a burst gas main is urgent by its class"
    )
    act(desk, issue, "split", text="井盖上有旧广告", **{"class": "0201"})
    calm = desk.get("/api/issues", params={"class": "0201"}).json()["features"][0]["properties"]
    assert not calm["urgent"], "what is split off isn't, unless it says so"
    act(desk, issue, "split", text="楼上着火了", **{"class": "0201"})
    assert desk.get("/api/issues", params={"class": "0201"}).json()["features"][0]["properties"]["urgent"]
    assert not act(desk, issue, "reclassify", **{"class": "0102"}).json()["urgent"]


def test_an_issue_is_merged_into_an_open_one_only(street, service):
    desk = service.client("desk")
    gone, kept = report(desk), report(desk)
    act(desk, gone, "withdraw", note="误报")
    answer = act(desk, kept, "merge", into=gone["id"])
    assert answer.status_code == 400
    assert "没有另一件未归档的事件" in answer.json()["detail"]


def test_whoever_is_given_an_issue_takes_it_over(street, service):
    desk, bureau, walker = service.client("desk"), service.client("bureau"), service.client("walker")
    issue = report(desk)
    both = act(desk, issue, "dispatch", handler="bureau").json()
    assert (both["worker"], both["handler"]) == ("w1", "bureau"), "the worker of the place stays beside a unit"
    back = act(desk, issue, "dispatch", worker="w1").json()
    assert (back["worker"], back["handler"]) == ("w1", None)
    assert act(bureau, issue, "sign").status_code == 404
    passed = act(walker, issue, "transfer", note="归城管", handler="bureau").json()
    assert (passed["worker"], passed["handler"]) == (None, "bureau"), "who passes it on is done with it"
    assert passed["events"][-1]["details"] == {"handler": "bureau", "from": "w1"}


def test_a_wall_and_an_auditor_only_look(street, service, db):
    account(db, "chief")
    account(db, "auditor", Role.AUDITOR, ("s",))
    desk, chief, wall, auditor = (service.client(name) for name in ("desk", "chief", None, "auditor"))
    link = chief.post("/api/walls", json={"name": "大厅", "areas": ["s0"]}).json()["link"]
    assert wall.post("/api/session/link", json={"token": link.rpartition("#")[2]}).status_code == 200
    issue = report(desk)
    seen = wall.get(f"/api/issues/{issue['id']}").json()
    assert seen["actions"] == []
    for looking in (wall, auditor):
        refused = looking.post("/api/issues", json={"text": "路灯坏了", **HERE})
        assert (refused.status_code, "上报或处理事件" in refused.json()["detail"]) == (403, True)
        assert act(looking, issue, "comment", note="?").status_code == 403
        assert looking.post(f"/api/issues/{issue['id']}/photos", files=picture()).status_code == 403
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (1,)


def test_photos_come_from_those_who_deal_with_an_issue_until_it_is_archived(street, service):
    desk, walker, west, bureau = (service.client(name) for name in ("desk", "walker", "west", "bureau"))
    issue = report(west)
    photos = f"/api/issues/{issue['id']}/photos"
    for client, colour in ((west, "red"), (walker, "green"), (desk, "blue")):
        assert client.post(photos, files=picture(colour)).status_code == 201
    others = report(desk)
    assert west.post(f"/api/issues/{others['id']}/photos", files=picture()).status_code == 403, "only looking on"
    act(desk, others, "dispatch", handler="bureau")
    assert bureau.post(f"/api/issues/{others['id']}/photos", files=picture()).status_code == 201
    told = desk.get(f"/api/issues/{issue['id']}").json()
    assert [(one["action"], one["zh"], one["details"]["stage"]) for one in told["events"][1:]] == [
        ("photo", "添加照片", "report")
    ] * 3
    act(desk, issue, "withdraw", note="误报")
    assert desk.post(photos, files=picture("red")).status_code == 201, "the same photo sent again"
    refused = desk.post(photos, files=picture("white"))
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-step")


@pytest.mark.parametrize("who", ["west", "other"])
def test_a_correction_of_who_reported_teaches_nobody(street, service, db, who):
    account(db, "other", Role.MACHINE, ("s",))
    text, client, desk = "咕噜咕噜那个东西又嗡嗡响", service.client(who), service.client("desk")
    issue = report(client, text=text)
    assert act(client, issue, "reclassify", **{"class": "0508"}).json()["class"] == "0508"
    assert report(desk, text=text)["class"] == issue["class"]


def test_one_correction_counts_for_its_text_and_two_that_agree_for_what_is_like_them(street, service):
    desk = service.client("desk")
    texts = [
        "小广场上咕噜咕噜那个东西又嗡嗡响了",
        "小广场上咕噜咕噜那个东西还嗡嗡响",
        "小广场上咕噜咕噜那个东西老嗡嗡响",
    ]
    guess = report(desk, text=texts[2])["class"]
    code = "2101" if guess != "2101" else "2102"
    act(desk, report(desk, text=texts[0]), "reclassify", **{"class": code})
    assert report(desk, text=texts[0])["class"] == code
    assert report(desk, text=texts[2])["class"] == guess, "one says nothing about another text"
    act(desk, report(desk, text=texts[1]), "reclassify", **{"class": code})
    assert report(desk, text=texts[2])["class"] == code


def test_what_is_uncertain_says_so_hides_nothing_and_raises_no_alarm(street, service):
    desk, west = service.client("desk"), service.client("west")
    issue = report(desk, text="那边不太对劲，你们去看看")
    assert (issue["unsure"], issue["urgent"], issue["confidence"] < 0.6) == (True, False, True)
    assert not report(desk, text="路灯坏了不亮")["unsure"]
    found = west.get("/api/issues", params={"unsure": True}).json()["features"]
    assert [one["id"] for one in found] == [issue["id"]], "seen, so that somebody can say better"
    assert not act(desk, issue, "reclassify", **{"class": issue["class"]}).json()["unsure"], "somebody has chosen"
    assert desk.get("/api/issues", params={"unsure": True}).json()["features"] == []
