"""The images and the compose file, checked as far as that goes without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return loaded


@pytest.mark.parametrize("name", ["Dockerfile", "database.Dockerfile"])
def test_hadolint_finds_nothing(name: str) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", DOCKER / name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["Dockerfile", "database.Dockerfile"])
def test_what_an_image_copies_is_there_and_reaches_the_build(name: str) -> None:
    allowed = (DOCKER / f"{name}.dockerignore").read_text().split()
    lines = re.findall(r"^COPY (?!--from)(.+)$", (DOCKER / name).read_text(), re.MULTILINE)
    copied = [source for line in lines for source in line.split()[:-1]]
    assert copied
    for source in copied:
        top = source if f"!{source}" in allowed else source.split("/")[0]
        assert f"!{top}" in allowed, source
        assert not source.startswith("docker/") or (ROOT / source).exists(), source


def test_the_service_runs_as_an_ordinary_user_and_says_whether_it_is_well() -> None:
    stage = (DOCKER / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^USER 10001", stage, re.MULTILINE)
    assert "/healthz" in stage
    assert 'CMD ["gridtwin", "serve"]' in stage


def test_every_image_names_a_version(compose: dict[str, Any]) -> None:
    bases = [
        base
        for name in ("Dockerfile", "database.Dockerfile")
        for base in re.findall(r"^FROM (\S+)", (DOCKER / name).read_text(), re.MULTILINE)
    ]
    bases += [service["image"] for service in compose["services"].values() if "build" not in service]
    for base in bases:
        assert re.search(r":\d+\.?\d*\S*-bookworm$|:\d+-bookworm$", base), base


def test_no_password_has_a_default(compose: dict[str, Any]) -> None:
    text = (DOCKER / "compose.yaml").read_text()
    secrets = re.findall(r"\$\{(\w*PASSWORD\w*)(.*?)\}", text)
    assert {name for name, _ in secrets} == {"POSTGRES_PASSWORD", "GRIDTWIN_DATABASE_PASSWORD"}
    assert all(rest.startswith(":?") for _, rest in secrets)
    example = (DOCKER / "example.env").read_text().splitlines()
    assert {"POSTGRES_PASSWORD=", "GRIDTWIN_DATABASE_PASSWORD=", "GRIDTWIN_TLS_DIR="} <= set(example)
    for name in re.findall(r"\$\{(\w+)", text):
        assert any(line.lstrip("#").startswith(f"{name}=") for line in example), name


def test_only_nginx_can_be_reached_and_waits_for_the_service(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert compose["networks"]["inside"]["internal"]
    assert services["service"]["networks"] == ["inside"]
    assert services["nginx"]["depends_on"]["service"]["condition"] == "service_healthy"
    assert services["service"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_compose_itself_understands_the_file_where_it_is_installed() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return
    environment = {
        "PATH": "/usr/bin:/bin",
        "POSTGRES_PASSWORD": "a",
        "GRIDTWIN_DATABASE_PASSWORD": "b",
        "GRIDTWIN_TLS_DIR": "/tls",
    }
    command = [docker, "compose", "-f", DOCKER / "compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_nginx_passes_on_what_the_live_socket_and_large_files_need() -> None:
    conf = (DOCKER / "nginx.conf").read_text()
    live = conf[conf.index("location = /live") :]
    assert "proxy_set_header Upgrade $http_upgrade;" in conf
    assert "proxy_buffering off;" in live[: live.index("}")]
    assert "client_max_body_size" in conf
    # elsewhere than with tiles that it gives by itself it adds one header alone
    others = re.sub(r"location ~ \"\^/tiles/.*?\n    \}", "", conf, flags=re.DOTALL)
    assert re.findall(r"add_header (\S+)", others) == ["Strict-Transport-Security"]
