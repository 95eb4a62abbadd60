"""Settings, routes and CLI flags are documented, and the documentation names none that is gone."""

import ast
import re
from pathlib import Path

import pytest
import typer

from gis.access.matrix import matrix
from gis.errors import HTTP_STATUS, GridtwinError
from gis.messages import CATALOGUE
from gis.settings import Settings
from gridtwin.app import create_app
from gridtwin.cli import app as command_line
from tests.conftest import serving
from tests.scope.declared import ROUTES, Elsewhere, Own
from tests.scope.routes import routes_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_and_none_that_is_gone():
    stated = set(re.findall(r"^\| `(GRIDTWIN_\w+)`", read("settings.md"), re.M))
    assert stated == {f"GRIDTWIN_{name.upper()}" for name in Settings.model_fields}


def test_every_route_is_documented_and_none_that_is_gone(dsn):
    import httpx

    with serving(create_app(Settings(), dsn)) as url:
        paths = httpx.get(f"{url}/openapi.json", timeout=60).json()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert set(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", read("http.md"), re.M)) == routes


def test_every_route_says_how_its_scope_is_tested(dsn):
    found = routes_of(create_app(Settings(), dsn))
    assert found - set(ROUTES) == set(), (
        "new routes: say in tests/scope/declared.py how their scope is tested (one line each)"
    )
    assert set(ROUTES) - found == set(), "routes that are gone: take their lines out of tests/scope/declared.py"
    for how in ROUTES.values():
        if isinstance(how, Own | Elsewhere):
            file, name = how.tested.split("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), how.tested


def commands(group, prefix="gridtwin"):
    for name, command in group.commands.items():
        words = f"{prefix} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command


def test_every_command_and_flag_is_documented_and_none_that_is_gone():
    text = read("command-line.md")
    group = typer.main.get_command(command_line)
    every = dict(commands(group))
    assert set(re.findall(r"^## `(gridtwin [a-z -]+)`", text, re.M)) == set(every)
    sections = re.split(r"^## ", text, flags=re.M)
    for words, command in every.items():
        section = next(part for part in sections if part.startswith(f"`{words}`"))
        flags = {flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")}
        assert set(re.findall(r"`(--[a-z-]+)", section)) == flags - {"--help"}, words
        assert command.help, words


def test_every_error_has_a_sentence_in_both_languages_and_every_sentence_an_error():
    def kinds(kind):
        for below in kind.__subclasses__():
            yield below
            yield from kinds(below)

    codes = {kind.code for kind in kinds(GridtwinError)} | {"internal"}
    assert codes == set(CATALOGUE)
    for chinese, english in CATALOGUE.values():
        assert re.search(r"[一-鿿]", chinese)
        assert english
        assert set(re.findall(r"\{(\w+)\}", chinese)) == set(re.findall(r"\{(\w+)\}", english))
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())


def test_the_matrix_of_roles_in_the_docs_is_the_one_that_is_enforced():
    assert matrix() in read("roles.md"), "python -m gis.access.matrix prints what belongs there"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE", "docs/decisions.md"])
def test_what_a_visitor_looks_for_is_there(name):
    assert (ROOT / name).stat().st_size > 500


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_links_in_the_readme_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def acts():
    """The codes of acts that the code records in the audit, as far as they stand in its calls."""
    found = set()
    for room in ("gis", "live", "importers", "gridtwin"):
        for source in (ROOT / room).rglob("*.py"):
            for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
                if name.strip("_") in ("record", "record_now", "note", "note_in_audit"):
                    texts = [
                        part.value for arg in call.args for part in ast.walk(arg) if isinstance(part, ast.Constant)
                    ]
                    found |= {text for text in texts if re.fullmatch(r"[a-z]+(\.[a-z]+)+", str(text))}
    return found


def test_the_audits_page_says_every_act_in_words():
    words = (ROOT / "frontend" / "src" / "admin" / "acts.ts").read_text(encoding="utf-8")
    things, verbs = (set(re.findall(r"^  '?([a-z.]+)'?:", part, re.M)) for part in words.split("VERBS", 1))
    recorded = acts()
    assert len(recorded) > 20
    said = {f"{thing}.{verb}" for thing in things for verb in verbs}
    assert recorded - said == set()
