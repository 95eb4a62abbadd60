"""The pictures of the documentation are light, and shown; the command that takes them refuses what it doesn't know."""

from __future__ import annotations

from pathlib import Path

import pytest

from pictures import __main__ as command
from pictures import views

FOLDER = views.FOLDER
PICTURES = ("street-day", "street-night-3d", "estate", "wall-night", "wall-3d", "wall-day", "tokyo", "cambridge")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_both_readmes_show_every_picture(name, readme):
    assert f"docs/pictures/{name}.jpg" in (views.ROOT / readme).read_text(encoding="utf-8")


def test_pictures_are_light_and_all_are_taken_by_the_command():
    found = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(found) - {"zooms-day.jpg", "zooms-night.jpg"} == {f"{name}.jpg" for name in PICTURES}
    for name, size in found.items():
        assert size < (1_000_000 if name.startswith("zooms") else 400_000), name
    assert set(command.PICTURES) == {*PICTURES, "zooms", "walls"} - set(views.WALLS)


def test_a_picture_that_is_unknown_is_refused(capsys):
    assert command.main(["mona-lisa"]) == 64
    assert "mona-lisa" in capsys.readouterr().err


@pytest.mark.parametrize("take", [views.tokyo, views.cambridge])
def test_without_the_real_data_its_pictures_are_not_taken(take, monkeypatch, tmp_path):
    monkeypatch.setattr(views, "REAL", tmp_path)
    with pytest.raises(views.NotHere, match=str(tmp_path)):
        take(None)
    assert list(Path(tmp_path).iterdir()) == []
