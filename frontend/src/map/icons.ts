/** Pictograms of facilities as the map's images: on a disc in the theme's colours. */
import type { Map as MapLibre } from 'maplibre-gl';
import { PATHS } from './pictograms';
import { group } from './style/facilities';
import type { Theme } from './style/theme';

const SIZE = 64;

function draw(category: string, theme: Theme): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const disc = (radius: number, colour: string) => {
    pen.beginPath();
    pen.arc(SIZE / 2, SIZE / 2, radius, 0, Math.PI * 2);
    pen.fillStyle = colour;
    pen.fill();
  };
  disc(SIZE / 2 - 1, theme.facilityRim);
  disc(SIZE / 2 - 4.5, theme.facility[group(category)]);
  pen.translate(13, 13);
  pen.scale(38 / 24, 38 / 24);
  pen.strokeStyle = theme.facilityInk;
  pen.lineWidth = 2.4;
  pen.lineCap = pen.lineJoin = 'round';
  pen.stroke(new Path2D(PATHS[category] ?? PATHS.other));
  return pen.getImageData(0, 0, SIZE, SIZE);
}

/** Gives the map a pictogram whenever its style asks for one; an unknown category gets a dot. */
export function keepIcons(map: MapLibre, theme: () => Theme): void {
  const add = (id: string) => {
    if (!id.startsWith('facility-') || map.hasImage(id)) return;
    map.addImage(id, draw(id.slice(9), theme()), { pixelRatio: 2 });
  };
  map.on('styleimagemissing', (event) => add(event.id));
  map.on('style.load', () => {
    for (const category of Object.keys(PATHS)) add(`facility-${category}`);
  });
}
