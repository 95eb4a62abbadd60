"""Issues over HTTP, as a phone page and a desk use them."""

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from tests.conftest import account

HERE = {"lon": 118.0102, "lat": 36.0102}


def report(client, text="3号楼2单元楼道里堆满垃圾，味道很大", **more):
    answer = client.post("/api/issues", json={"text": text, **HERE, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def act(client, issue, action, **more):
    return client.post(f"/api/issues/{issue['id']}/actions", json={"action": action, **more})


def test_a_report_is_sorted_placed_and_given_to_the_grids_worker(street, service):
    issue = report(service.client("walker"))
    assert issue["class"] == "0102"
    assert issue["candidates"][0]["class"] == "0102"
    assert 0 < issue["confidence"] <= 1
    assert any("垃圾" in word for word in issue["words"])
    assert issue["state"] == "待处理"
    assert issue["area"] == "s0"
    assert issue["grid"] == "s0001"
    assert issue["worker"] == "w1"
    assert issue["place"] == "示范路1号3号楼2单元301"
    assert set(issue["deadlines"]) == {"answer", "handle"}


def test_the_same_report_sent_twice_is_one_issue(street, service, db):
    client = service.client("walker")
    first = report(client, id="phone-1")
    again = client.post("/api/issues", json={"text": "另一段文字", **HERE, "id": "phone-1"})
    assert again.status_code == 200
    assert again.json() == first
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (1,)
    assert service.client("walker2").post("/api/issues", json={"text": "x", **HERE, "id": "phone-1"}).status_code == 400


def test_an_issue_goes_the_whole_way_and_back_once(street, service):
    walker, desk = service.client("walker"), service.client("desk")
    issue = report(walker)
    assert act(walker, issue, "sign").json()["deadlines"].keys() == {"handle"}
    assert act(walker, issue, "handle").status_code == 400, "what was done has to be said"
    assert act(walker, issue, "handle", note="已清理").json()["state"] == "待核查"
    assert act(walker, issue, "pass").status_code == 403, "who handled it doesn't check it"
    failed = act(desk, issue, "fail", note="还有一袋").json()
    assert (failed["state"], failed["returns"]) == ("待处理", 1)
    assert act(desk, issue, "rate", rating="满意").status_code == 409
    act(walker, issue, "handle", note="清理干净")
    assert act(desk, issue, "pass").json()["state"] == "待评价"
    assert act(desk, issue, "rate", rating="好").status_code == 400
    closed = act(desk, issue, "rate", rating="满意").json()
    assert (closed["state"], closed["rating"], closed["deadlines"]) == ("已归档", "满意", {})
    steps = [event["action"] for event in closed["events"]]
    assert steps == ["report", "sign", "handle", "fail", "handle", "pass", "rate"]
    assert [one["action"] for one in closed["actions"]] == ["comment"]


def test_what_was_solved_on_the_spot_waits_for_its_check(street, service):
    issue = report(service.client("walker"), result="已现场清理")
    assert issue["state"] == "待核查"
    assert set(issue["deadlines"]) == {"check"}


def test_two_dispatchers_do_not_overwrite_each_other(street, service):
    desk = service.client("desk")
    issue = report(desk)
    assert act(desk, issue, "dispatch", worker="w1", version=1).status_code == 200
    second = act(desk, issue, "withdraw", note="误报", version=1)
    assert second.status_code == 409
    assert second.json()["code"] == "issue-changed"


def test_lists_and_single_issues_stop_at_the_scope(street, service):
    issue = report(service.client("walker"))
    west, east, bureau = service.client("west"), service.client("east"), service.client("bureau")
    assert [one["id"] for one in west.get("/api/issues").json()["features"]] == [issue["id"]]
    for outsider in (east, bureau):
        assert outsider.get("/api/issues").json()["features"] == []
        assert outsider.get(f"/api/issues/{issue['id']}").status_code == 404
        assert act(outsider, issue, "comment", note="?").status_code == 404
    outside = east.post("/api/issues", json={"text": "路灯坏了", **HERE})
    assert outside.status_code == 400
    act(service.client("desk"), issue, "dispatch", handler="bureau")
    assert [one["id"] for one in bureau.get("/api/issues").json()["features"]] == [issue["id"]]
    step = {"note": "不属于我单位", "version": bureau.get(f"/api/issues/{issue['id']}").json()["version"]}
    left, again = (act(bureau, issue, "return", **step) for _ in range(2))
    assert (left.status_code, left.json()["handler"], left.json()["actions"]) == (200, None, []), "as it was left"
    assert (again.status_code, again.json()["version"]) == (200, left.json()["version"]), "its answer was lost"
    assert bureau.get(f"/api/issues/{issue['id']}").status_code == 404, "sent back, it is no longer theirs to see"
    assert act(bureau, issue, "return", **{**step, "note": "另一步"}).status_code == 404
    act(service.client("desk"), issue, "dispatch", worker="w1")
    assert act(bureau, issue, "return", **step).status_code == 404, "it has gone on since"


def test_restricted_classes_are_seen_by_the_desk_and_counted_for_all(street, service):
    issue = report(service.client("walker"), text="邻居因为漏水吵架，要求调解")
    assert issue["class"] == "2104"
    assert service.client("west").get("/api/issues").json()["features"] == []
    assert len(service.client("desk").get("/api/issues").json()["features"]) == 1
    assert service.client("west").get("/api/areas/s0/summary").json()["issues"]["待处理"] == 1


def test_lists_are_filtered_and_go_on_where_they_ended(street, service):
    desk = service.client("desk")
    for number in range(5):
        report(
            desk, text="路灯坏了不亮" if number % 2 else "消防通道停满了车", at=f"2026-05-0{number + 1}T08:00:00+08:00"
        )
    lamps = desk.get("/api/issues", params={"class": "2107"}).json()["features"]
    assert {one["properties"]["class"] for one in lamps} == {"2107"}
    assert len(desk.get("/api/issues", params={"since": "2026-05-04T00:00:00+08:00"}).json()["features"]) == 2
    assert desk.get("/api/issues", params={"bbox": "119,36,120,37"}).json()["features"] == []
    first = desk.get("/api/issues", params={"limit": 3}).json()
    rest = desk.get("/api/issues", params={"limit": 3, "before": first["next"]}).json()
    ids = [one["id"] for one in first["features"] + rest["features"]]
    assert len(ids) == len(set(ids)) == 5
    assert rest["next"] is None


def test_what_burns_stands_at_the_top_at_once(street, service):
    desk = service.client("desk")
    fire = report(desk, text="3号楼二楼着火了，有人被困")
    for _ in range(2):
        report(desk)
    assert fire["urgent"]
    assert desk.get("/api/issues", params={"pressing": True}).json()["features"][0]["id"] == fire["id"]
    assert desk.get("/api/issues").json()["features"][-1]["id"] == fire["id"]


def test_the_same_thing_nearby_is_offered_and_merged(street, service):
    desk = service.client("desk")
    first, second = report(desk), report(desk, text="楼道有垃圾没人管")
    assert [one["id"] for one in second["alike"]] == [first["id"]]
    merged = act(desk, second, "merge", into=first["id"]).json()
    assert (merged["state"], merged["merged_into"]) == ("已归档", first["id"])
    assert act(desk, first, "merge", into=first["id"]).status_code == 400


def test_a_photo_is_made_smaller_loses_what_the_camera_wrote_and_stays_in_the_scope(street, service):
    client = service.client("walker")
    issue = report(client)
    picture = Image.effect_noise((2600, 1300), 20).convert("RGB")
    exif = picture.getexif()
    exif[0x010F] = "SECRETCAM"
    body = io.BytesIO()
    picture.save(body, "JPEG", exif=exif, quality=60)
    added = client.post(
        f"/api/issues/{issue['id']}/photos", files={"photo": ("../../x.jpg", body.getvalue(), "text/html")}
    )
    assert added.status_code == 201, added.text
    answer = client.get(added.json()["photo"])
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert b"SECRETCAM" not in answer.content
    assert max(Image.open(io.BytesIO(answer.content)).size) == 1920
    assert service.client("east").get(added.json()["photo"]).status_code == 404
    assert client.post(f"/api/issues/{issue['id']}/photos", files={"photo": ("a.jpg", b"<html>")}).status_code == 400
    again = client.post(f"/api/issues/{issue['id']}/photos", files={"photo": ("y.jpg", body.getvalue())})
    assert again.json() == added.json()


def test_a_wall_shows_photos_only_while_a_scene_of_its_centre_allows_it(street, service, db):
    account(db, "chief")
    desk, chief, wall = service.client("desk"), service.client("chief"), service.client()
    issue = report(desk)
    body = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(body, "JPEG")
    photo = desk.post(f"/api/issues/{issue['id']}/photos", files={"photo": ("a.jpg", body.getvalue())}).json()["photo"]
    link = chief.post("/api/walls", json={"name": "大厅", "areas": ["s0"]}).json()["link"]
    assert wall.post("/api/session/link", json={"token": link.rpartition("#")[2]}).status_code == 200

    def told():
        one = wall.get(f"/api/issues/{issue['id']}").json()
        listed = wall.get("/api/issues").json()["features"][0]["properties"]["photos"]
        latest = wall.get("/api/issues/statistics").json()["latest"]
        return wall.get(photo).status_code, one["photos"], len(one["pictures"]), listed, len(latest)

    hidden = (403, [], 0, [], 0)
    assert told() == hidden
    scene = {"centre": "s0", "name": "现场", "address": "#at=area:s0", "photos": True}
    assert wall.post("/api/walls/scenes", json=scene).status_code == 403, "a wall doesn't allow itself"
    number = chief.post("/api/walls/scenes", json=scene).json()["id"]
    assert told() == (200, [photo], 1, [photo], 1)
    assert wall.patch(f"/api/walls/scenes/{number}", json={"begins": "00:00"}).status_code == 403
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    hours = {name: (now + timedelta(hours=of)).strftime("%H:%M") for name, of in (("begins", 2), ("ends", 3))}
    assert chief.patch(f"/api/walls/scenes/{number}", json=hours).status_code == 200
    assert told() == hidden, "the scene isn't played at this hour"
    assert chief.patch(f"/api/walls/scenes/{number}", json={"begins": None, "ends": None, "photos": False}).json()
    assert told() == hidden
    assert service.client("west").get(photo).status_code == 200, "people see photos of their areas"


def test_a_correction_is_learned(street, service):
    desk = service.client("desk")
    text = "咕噜咕噜那个东西又嗡嗡响"
    issue = report(desk, text=text)
    act(desk, issue, "reclassify", **{"class": "0508"})
    assert report(desk, text=text)["class"] == "0508"


@pytest.mark.parametrize(
    "wrong",
    [{"text": ""}, {"text": " "}, {"lon": 200}, {"class": "9999"}, {"source": "谁"}, {"text": "a\x00b"}, {"lon": 10.0}],
)
def test_what_cannot_be_is_refused_in_words(street, service, db, wrong):
    answer = service.client("walker").post("/api/issues", json={"text": "路灯坏了", **HERE, **wrong})
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert db.execute("SELECT count(*) FROM issue").fetchone() == (0,)


def test_what_was_split_off_is_not_offered_as_the_same_and_a_history_names_people(street, service):
    desk = service.client("desk")
    issue = report(desk)
    assert act(desk, issue, "split", text="楼道里堆满垃圾，还有旧沙发").status_code == 200
    child = desk.get("/api/issues").json()["features"][0]["properties"]
    child, parent = (desk.get(f"/api/issues/{one}").json() for one in (child["id"], issue["id"]))
    child, parent = (child, parent) if child["split_from"] else (parent, child)
    assert (child["split_from"], child["alike"], parent["alike"]) == (issue["id"], [], [])
    again = act(desk, issue, "dispatch", worker="w1").json()
    assert again["events"][-1]["to_name"] == "王"
    sent = act(desk, issue, "dispatch", handler="bureau").json()
    assert sent["events"][-1]["to_name"] == "bureau"
    told = service.client("bureau").get(f"/api/issues/{issue['id']}").json()["events"]
    assert [one["to_name"] for one in told if one["action"] == "dispatch"] == [None, "bureau"], "units know no workers"
