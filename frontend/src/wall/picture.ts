/** A small picture of the whole screen, for operators: the map's canvas, and the panels' words where they stand. */
import type { Screen } from './screen';

const TEXTS =
  '.wl-top h1, .wl-live, .wl-clock, .wl-panel h2, .wl-number b, .wl-number span, .wl-issue b, .wl-nomap, .wl-alarm strong';

/** A JPEG in Base64, or null where the browser can't make one. */
export function picture(width: number, screen: Screen | undefined): string | null {
  const scale = width / Math.max(1, innerWidth);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.max(1, Math.round(innerHeight * scale));
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  const page = document.querySelector('.wl') ?? document.body;
  pen.fillStyle = getComputedStyle(page).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(scale, scale);
  const map = screen?.twin.map.getCanvas();
  if (map?.width) {
    const box = map.getBoundingClientRect();
    pen.drawImage(map, box.x, box.y, box.width, box.height);
  }
  for (const image of document.querySelectorAll<HTMLImageElement>('.wl img')) {
    const box = image.getBoundingClientRect();
    if (image.complete && image.naturalWidth && box.width)
      pen.drawImage(image, box.x, box.y, box.width, box.height);
  }
  for (const text of document.querySelectorAll<HTMLElement>(TEXTS)) {
    const box = text.getBoundingClientRect();
    if (!box.width || box.bottom > innerHeight) continue;
    const { color, fontSize, fontWeight, fontFamily } = getComputedStyle(text);
    pen.fillStyle = color;
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    pen.textBaseline = 'middle';
    pen.fillText((text.innerText ?? '').replace(/\s+/g, ' '), box.x, box.y + box.height / 2, box.width);
  }
  try {
    return canvas.toDataURL('image/jpeg', 0.7).split(',')[1] ?? null;
  } catch {
    return null;
  }
}
