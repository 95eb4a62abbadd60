"""The audit: what is written, that it stays, and who reads it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

from gis.access import audit, audit_chain
from gis.access.audit import Who

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def acts(client, **wanted):
    return client.get("/api/audit", params=wanted).json()["rows"]


def note(db, at=NOW, action="thing.do", **more):
    audit.record_now(db, at, Who("somebody"), action, **more)


def test_signing_in_and_managing_accounts_are_recorded_with_who_where_and_what(town, service):
    admin = service.client("admin")
    made = admin.post("/api/accounts", json={"username": "new", "role": "viewer", "areas": ["s0"]})
    rows = acts(service.client("auditor"))
    newest = next(row for row in rows if row["action"] == "account.add")
    assert (newest["actor"], newest["role"], newest["thing_id"]) == ("admin", "administrator", "new")
    assert newest["address"] == "127.0.0.1"
    assert newest["request"] == made.headers["X-Request-Id"]
    assert newest["areas"] == ["s0"]
    assert made.json()["new_password"] not in str(rows)
    assert {row["actor"] for row in rows if row["action"] == "session.open"} == {"admin", "auditor"}


def test_failed_sign_ins_are_recorded_but_no_name_that_nobody_bears(town, service):
    for username in ("west", "hunter2 my password"):
        service.client().post("/api/session", json={"username": username, "password": "wrong"})
    refused = acts(service.client("auditor"), outcome="refused")
    assert [row["thing_id"] for row in refused] == ["", "west"]


def test_the_auditor_reads_it_and_the_administrator_does_not(town, service):
    for username, status in (("admin", 403), ("west", 403), ("auditor", 200)):
        assert service.client(username).get("/api/audit").status_code == status
        assert service.client(username).get("/api/audit.csv").status_code == status


def test_an_auditor_of_an_area_reads_what_concerns_it(town, service):
    admin = service.client("admin")
    for area in ("s0", "s1"):
        admin.post("/api/accounts", json={"username": f"new-{area}", "role": "viewer", "areas": [area]})
    added = acts(service.client("west-auditor"), action="account.add")
    assert [row["thing_id"] for row in added] == ["new-s0"]
    assert {row["actor"] for row in acts(service.client("west-auditor"), action="session")} == {"west-auditor"}
    assert len(acts(service.client("auditor"), action="account.add")) == 2


def test_filters_pages_and_days(db, town, service):
    for day in range(5):
        note(db, NOW + timedelta(days=day), f"gate.{'open' if day % 2 else 'close'}", thing="gate", thing_id=str(day))
    auditor = service.client("auditor")
    assert [row["thing_id"] for row in acts(auditor, action="gate.open")] == ["3", "1"]
    assert [row["thing_id"] for row in acts(auditor, action="gate", since="2026-05-03", until="2026-05-04")] == [
        "3",
        "2",
    ]
    assert [row["thing_id"] for row in acts(auditor, thing="gate", thing_id="4")] == ["4"]
    first = auditor.get("/api/audit", params={"thing": "gate", "limit": 3}).json()
    second = auditor.get("/api/audit", params={"thing": "gate", "limit": 3, "before": first["next"]}).json()
    assert [row["thing_id"] for row in first["rows"] + second["rows"]] == ["4", "3", "2", "1", "0"]
    assert second["next"] is None
    assert auditor.get("/api/audit", params={"since": "yesterday"}).status_code == 400


def test_the_export_holds_every_row_and_no_formula(db, town, service):
    for number in range(1003):
        note(db, action="gate.open", thing="gate", thing_id="=1+1" if number == 0 else str(number))
    answer = service.client("auditor").get("/api/audit.csv", params={"thing": "gate"})
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 1003
    assert rows[-1]["thing_id"] == "'=1+1"
    assert acts(service.client("auditor"), action="audit.export")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM audit WHERE seq = 1",
     "UPDATE audit_closed SET last_seq = 0", "DELETE FROM audit_closed", "TRUNCATE audit_closed",
     "INSERT INTO audit_closed (month, first_seq, last_seq, last_hash) SELECT '2026-05-01', 1, seq, hash FROM audit"],
)  # fmt: skip
def test_the_table_refuses_to_be_changed(db, statement):
    note(db)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        db.execute(statement)
    assert db.execute("SELECT count(*) FROM audit").fetchone() == (1,)


def test_a_row_that_was_changed_or_removed_by_force_breaks_the_chain(db):
    for number in range(6):
        note(db, thing_id=str(number), detail={"b": number, "a": "中文"})
    assert audit_chain.verify(db) == audit_chain.Chain(6, None, 6, audit_chain.verify(db).head_hash)
    db.execute("SET session_replication_role = replica")  # what a superuser can do: switch triggers off
    with db.transaction(force_rollback=True):
        db.execute("UPDATE audit SET detail = '{}' WHERE seq = 3")
        assert audit_chain.verify(db).broken_at == 3
    with db.transaction(force_rollback=True):
        db.execute("DELETE FROM audit WHERE seq = 4")
        assert audit_chain.verify(db).broken_at == 5
    with db.transaction(force_rollback=True):
        db.execute("UPDATE audit SET at = at + interval '1 us', hash = prev_hash WHERE seq = 1")
        assert audit_chain.verify(db).broken_at == 1
    assert audit_chain.verify(db).broken_at is None


def test_the_hash_doesnt_depend_on_who_reads(db):
    note(db)
    for zone in ("UTC", "Asia/Shanghai", "America/St_Johns"):
        db.execute(f"SET TimeZone = '{zone}'")
        assert audit_chain.verify(db).broken_at is None


def test_an_act_and_its_record_come_together_or_not_at_all(db):
    with db.transaction(force_rollback=True):
        note(db)
    note(db)
    assert db.execute("SELECT seq FROM audit").fetchall() == [(1,)], "no number is skipped"


def test_acts_at_one_time_form_one_chain(dsn, db):
    import threading

    def many():
        with psycopg.connect(dsn, autocommit=True) as connection:
            for _ in range(20):
                note(connection)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = audit_chain.verify(db)
    assert (chain.rows, chain.broken_at) == (80, None)


def test_whole_months_are_dropped_and_the_chain_still_verifies(dsn, db):
    import asyncio

    now = datetime.now(UTC)
    for days in (800, 400, 395, 300, 20, 0):
        note(db, now - timedelta(days=days))

    async def drop(months, now=now):
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
            return await audit_chain.drop_old_months(connection, now, months=months)

    assert asyncio.run(drop(36)) == 0
    dropped = asyncio.run(drop(12))
    kept = [row[0] for row in db.execute("SELECT at FROM audit ORDER BY seq")]
    assert dropped + len(kept) == 6
    assert all(at > now - timedelta(days=397) for at in kept)
    chain = audit_chain.verify(db)
    assert (chain.rows, chain.broken_at) == (len(kept), None)
    note(db)
    assert audit_chain.verify(db).broken_at is None
    assert asyncio.run(drop(6)) >= 1
    assert audit_chain.verify(db).broken_at is None
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asyncio.run(drop(0, now + timedelta(days=40)))
