"""The locks name what uv.lock names, with hashes, and public registries only."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \n;]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.fixture
def locked() -> dict[str, set[str]]:
    """All versions of each package in uv.lock."""
    found: dict[str, set[str]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        found.setdefault(package["name"], set()).add(package.get("version", ""))
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_is_what_uv_lock_says(lock: str, locked: dict[str, set[str]]) -> None:
    found = versions(lock)
    assert found
    assert {name: version for name, version in found.items() if version not in locked.get(name, set())} == {}


def test_the_development_lock_holds_everything() -> None:
    runtime, development = versions("requirements.lock"), versions("requirements-dev.lock")
    assert runtime.items() <= development.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    for group in ("build", "dev"):
        wanted += [one for one in project["dependency-groups"][group] if isinstance(one, str)]
    names = {re.split(r"[\[<>=!~; ]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names <= development.keys()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_every_package_of_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    for entry in re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)):
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text


def test_locks_name_public_registries_only() -> None:
    hosts = set(re.findall(r'"https?://([^/"]+)', (ROOT / "uv.lock").read_text()))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    resolved = {package.get("resolved", "").split("/")[2] for package in packages.values() if "resolved" in package}
    assert resolved <= {"registry.npmjs.org"}
