"""What the API's document promises: no 500, and no answer that the schema doesn't allow, whatever is asked.

Requests are made up from the document by schemathesis, a few for each operation; GRIDTWIN_API_EXAMPLES asks for more.
"""

from __future__ import annotations

import os

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.scope.calls import standing
from tests.scope.test_scope import TOWN

EXAMPLES = int(os.environ.get("GRIDTWIN_API_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_BUSY = {  # they start processes, or end the sign-in that is used
    "/api/export/{kind}", "/api/imports", "/api/session", "/api/session/password", "/enter",
}  # fmt: skip


def test_nothing_that_is_asked_is_a_500_or_an_answer_that_the_document_does_not_allow(new_database, tmp_path):
    with standing(new_database(), TOWN, data_dir=tmp_path) as (town, client):
        schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
        schema.config.update(base_url=str(client.base_url).rstrip("/"))
        tokens = {name: town.askers[number].token for name, number in (("everything", 0), ("limited", 2))}
        wrong: list[str] = []
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path in _BUSY or "/imports/" in operation.path:
                continue

            @settings(
                max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
            def ask(case):
                for token in tokens.values():
                    try:
                        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS, timeout=60)
                    except httpx.HTTPError as failed:
                        wrong.append(f"{case.method} {case.path}: {failed!r}")
                    except schemathesis.core.failures.FailureGroup as failed:
                        wrong.append(f"{case.method} {case.path}: {[str(one)[:600] for one in failed.exceptions]}")

            ask()
        assert not wrong, "\n".join(wrong[:20])
