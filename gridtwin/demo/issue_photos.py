"""Photos of the demo's issues: drawn, not taken, and marked so in the picture."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gis.issues import photos
from gis.issues.photos import Photo

_SIZE = (960, 720)
_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf")
THEMES = {
    "0102": "rubbish",
    "0103": "rubbish",
    "0505": "car",
    "2101": "car",
    "2107": "lamp",
    "0110": "hole",
    "0401": "hole",
}


def _font(size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    for name in _FONTS:
        for folder in ("/usr/share/fonts/opentype/noto/", "/usr/share/fonts/truetype/wqy/", ""):
            try:
                return ImageFont.truetype(folder + name, size), True
            except OSError:
                continue
    return ImageFont.load_default(size), False


def draw(theme: str, seed: int, *, after: bool) -> Photo:
    """A picture of a theme, before or after somebody dealt with it."""
    chance = random.Random(f"{theme}/{seed}")  # noqa: S311 - a demo, the same one each time
    dusk = chance.random() < 0.3
    sky, wall, ground = (
        ((74, 84, 110), (112, 106, 104), (78, 78, 82)) if dusk else ((196, 214, 228), (222, 210, 196), (150, 150, 148))
    )
    picture = Image.new("RGB", _SIZE, sky)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 150, 960, 430), fill=wall)
    for column in range(7):
        for row in range(2):
            left, top = 40 + column * 132 + chance.randint(-3, 3), 180 + row * 120
            lit = dusk and chance.random() < 0.5
            pen.rectangle((left, top, left + 74, top + 76), fill=(244, 214, 140) if lit else (120, 142, 160))
    pen.polygon(((0, 430), (960, 430), (960, 720), (0, 720)), fill=ground)
    pen.rectangle((0, 470, 960, 478), fill=tuple(max(0, part - 30) for part in ground))
    _THINGS[theme](pen, chance, after)
    grain = Image.effect_noise(_SIZE, 18).convert("RGB")
    picture = Image.blend(picture, grain, 0.07)
    pen = ImageDraw.Draw(picture)
    font, chinese = _font(30)
    said = "示范图片 · 非实拍" if chinese else "DEMO PICTURE"
    said += ("（处理后）" if after else "（处理前）") if chinese else (" (after)" if after else " (before)")
    pen.rectangle((0, 664, 960, 720), fill=(20, 24, 32))
    pen.text((24, 672), said, fill=(240, 240, 240), font=font)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return photos.read(out.getvalue())


def _rubbish(pen: ImageDraw.ImageDraw, chance: random.Random, after: bool) -> None:
    pen.rectangle((120, 380, 250, 560), fill=(44, 96, 62))
    pen.rectangle((110, 366, 260, 386), fill=(32, 76, 50))
    for _ in range(0 if after else 34):
        x, y, r = chance.randint(230, 700), chance.randint(500, 620), chance.randint(14, 52)
        colour = chance.choice(((30, 30, 34), (230, 230, 226), (184, 60, 54), (70, 110, 170), (210, 180, 90)))
        pen.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=colour, outline=(40, 40, 40))


def _car(pen: ImageDraw.ImageDraw, chance: random.Random, after: bool) -> None:
    pen.polygon(((120, 640), (280, 500), (820, 500), (900, 640)), outline=(240, 206, 60), width=8)
    if after:
        return
    for number in range(2):
        x, y = 210 + number * 300, 500 - number * 18
        colour = chance.choice(((236, 236, 236), (24, 26, 30), (150, 30, 36), (60, 84, 128)))
        pen.rounded_rectangle((x, y, x + 280, y + 84), 22, fill=colour)
        pen.polygon(((x + 50, y), (x + 92, y - 58), (x + 206, y - 58), (x + 244, y)), fill=colour)
        pen.polygon(((x + 64, y), (x + 100, y - 46), (x + 198, y - 46), (x + 228, y)), fill=(136, 160, 176))
        for wheel in (x + 40, x + 188):
            pen.ellipse((wheel, y + 52, wheel + 54, y + 106), fill=(18, 18, 18))


def _lamp(pen: ImageDraw.ImageDraw, chance: random.Random, after: bool) -> None:
    lean = 0 if after else chance.randint(60, 130)
    pen.line((480, 620, 480 + lean, 120), fill=(70, 74, 80), width=18)
    pen.line((480 + lean, 124, 600 + lean, 104), fill=(70, 74, 80), width=14)
    pen.ellipse((580 + lean, 92, 668 + lean, 132), fill=(255, 236, 160) if after else (60, 62, 66))


def _hole(pen: ImageDraw.ImageDraw, chance: random.Random, after: bool) -> None:
    if after:
        pen.polygon(((300, 520), (660, 510), (700, 610), (280, 620)), fill=(58, 58, 62))
        return
    edge = [(480 + 190 * c + chance.randint(-24, 24), 565 + 62 * s + chance.randint(-10, 10)) for c, s in _CIRCLE]
    pen.polygon(edge, fill=(36, 32, 30), outline=(24, 22, 20))
    for cone in (230, 700):
        pen.polygon(((cone, 610), (cone + 30, 500), (cone + 60, 610)), fill=(226, 92, 40))
        pen.rectangle((cone + 16, 550, cone + 44, 568), fill=(240, 240, 240))


_CIRCLE = [
    (1, 0),
    (0.8, 0.6),
    (0.3, 0.95),
    (-0.3, 0.95),
    (-0.8, 0.6),
    (-1, 0),
    (-0.8, -0.6),
    (-0.3, -0.9),
    (0.3, -0.95),
    (0.8, -0.6),
]
_THINGS = {"rubbish": _rubbish, "car": _car, "lamp": _lamp, "hole": _hole}


def kept(folder: Path) -> dict[tuple[str, bool], list[Photo]]:
    """Three of each theme before and after, stored where the service looks for them."""
    found: dict[tuple[str, bool], list[Photo]] = {}
    for theme in _THINGS:
        for after in (False, True):
            found[theme, after] = [draw(theme, seed, after=after) for seed in range(3)]
            for photo in found[theme, after]:
                photos.store(folder, photo)
    return found
