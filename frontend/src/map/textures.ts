/** Textures of the ground from near: trees, lawns and furrows, drawn by the browser, seamless at their edges. */
import type { Map as MapLibre } from 'maplibre-gl';
import type { Theme } from './style/theme';

const SIZE = 256;
const PREFIX = 'texture-';
type Pen = CanvasRenderingContext2D;
type Mark = (pen: Pen, x: number, y: number, size: number) => void;

/** Marks on a field that has no seam: what crosses an edge comes in again at the other one. */
function scatter(pen: Pen, places: [x: number, y: number, size: number][], mark: Mark): void {
  for (const [x, y, size] of places)
    for (const dx of [-SIZE, 0, SIZE]) for (const dy of [-SIZE, 0, SIZE]) mark(pen, x + dx, y + dy, size);
}

/** A crown seen from above, with its shadow to the north-east as the buildings' falls. */
function tree({ crown, shade }: { crown: string; shade: string }): Mark {
  return (pen, x, y, size) => {
    const disc = (dx: number, dy: number, radius: number, colour: string) => {
      pen.beginPath();
      pen.arc(x + dx, y + dy, radius, 0, Math.PI * 2);
      pen.fillStyle = colour;
      pen.fill();
    };
    disc(size * 0.22, -size * 0.32, size, shade);
    disc(0, 0, size, crown);
  };
}

const GROVE: [number, number, number][] = [
  [22, 30, 13],
  [70, 18, 10],
  [118, 42, 14],
  [168, 20, 11],
  [222, 38, 13],
  [46, 84, 11],
  [96, 98, 14],
  [150, 86, 12],
  [204, 94, 10],
  [20, 142, 12],
  [74, 150, 13],
  [128, 158, 10],
  [182, 146, 14],
  [236, 150, 11],
  [48, 208, 14],
  [104, 214, 11],
  [156, 206, 13],
  [212, 212, 12],
  [10, 234, 9],
  [246, 92, 9],
];
const SPARSE = GROVE.filter((_, i) => i % 4 === 1);
const LAWN = GROVE.filter((_, i) => i % 5 === 2);

function draw(kind: string, theme: Theme): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d') as Pen;
  const { crown, shade, furrow } = theme.texture;
  if (kind === 'farmland') {
    pen.strokeStyle = furrow;
    pen.lineWidth = 3;
    for (let at = 8; at < SIZE; at += 16) {
      pen.moveTo(0, at);
      pen.lineTo(SIZE, at);
    }
    pen.stroke();
  } else {
    const places = kind === 'wood' ? GROVE : kind === 'green' ? LAWN : SPARSE;
    scatter(pen, places, tree({ crown, shade }));
  }
  return pen.getImageData(0, 0, SIZE, SIZE);
}

/** The kinds of ground that have a texture. */
export const TEXTURED = ['wood', 'park', 'garden', 'green', 'farmland'];

/** Gives the map the textures of whatever style it gets. */
export function keepTextures(map: MapLibre, theme: () => Theme): void {
  map.on('style.load', () => {
    for (const kind of TEXTURED) {
      const id = PREFIX + kind;
      if (!map.hasImage(id)) map.addImage(id, draw(kind, theme()), { pixelRatio: 4 });
    }
  });
}
