"""OGC API Features: where the workers are, for GIS programs, and what else the twin holds."""

import pytest

from tests.live.conftest import ago, eventually, send


@pytest.fixture
def seen(phone, service):
    """Two workers who have been somewhere, and a client that reads features."""
    send(phone("worker1"), {"lon": 118.05, "lat": 36.05, "at": ago(60)})
    send(phone("worker2"), {"lon": 118.15, "lat": 36.05, "at": ago(5)})
    street = service.client("street")

    def workers(client=street, **query):
        answer = client.get("/ogc/collections/workers/items", params=query)
        assert answer.status_code == 200, answer.text
        return [each["properties"]["worker"] for each in answer.json()["features"]]

    eventually(lambda: workers() == ["worker1", "worker2"])
    return workers


def test_workers_are_features_by_box_time_and_page_within_the_scope(seen, service):
    street, west = service.client("street"), service.client("west")
    assert seen(west) == ["worker1"]
    assert seen(bbox="118.1,36,118.2,36.1") == seen(bbox="118.1,36,0,118.2,36.1,9") == ["worker2"]
    assert seen(bbox="170,36,-170,37") == []
    assert seen(datetime=f"{ago(30)}/..") == ["worker2"]
    assert seen(datetime=f"../{ago(30)}") == ["worker1"]
    first = street.get("/ogc/collections/workers/items", params={"limit": 1}).json()
    assert first["features"][0]["geometry"] == {"type": "Point", "coordinates": [118.05, 36.05]}
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = street.get(following).json()
    assert [each["properties"]["worker"] for each in second["features"]] == ["worker2"]
    assert "next" not in {link["rel"] for link in second["links"]}
    number = first["features"][0]["id"]
    assert street.get(f"/ogc/collections/workers/items/{number}").json()["properties"]["worker"] == "worker1"
    other = second["features"][0]["id"]
    assert west.get(f"/ogc/collections/workers/items/{other}").status_code == 404


def test_every_collection_leads_to_its_features(street, service):
    client = service.client("street")
    assert (
        client.get("/ogc/conformance")
        .json()["conformsTo"]
        .count("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core")
    )
    collections = client.get("/ogc/collections").json()["collections"]
    assert {each["id"] for each in collections} >= {"areas", "grids", "buildings", "issues", "workers"}
    counts = {}
    for each in collections:
        items = next(link["href"] for link in each["links"] if link["rel"] == "items")
        answer = client.get(items, params={"bbox": "118,36,119,37"})
        assert answer.headers["Content-Type"].startswith("application/geo+json")
        counts[each["id"]] = answer.json()["numberReturned"]
    assert (counts["areas"], counts["grids"]) == (3, 2)
    assert service.client().get("/ogc/collections").status_code == 401


@pytest.mark.parametrize(
    "query",
    ["bbox=1,2,3", "bbox=1,9,2,3", "bbox=nan,0,1,1", "limit=0", "limit=x", "datetime=soon", "datetime=/", "colour=red",
     "after=x", "bbox-crs=EPSG:3857"],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(street, service, query):
    assert service.client("street").get(f"/ogc/collections/workers/items?{query}").status_code == 400
