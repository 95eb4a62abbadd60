/** Facilities: a pictogram on a disc of its group's colour; what matters to most people appears first. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { byValue, byZoom, type Stops } from './expressions';
import type { FacilityGroup, Theme } from './theme';

/** Category -> group, and the zoom from which it is shown. */
export const CATEGORIES: Record<string, [group: FacilityGroup, from: number]> = {
  service_center: ['service', 14],
  hospital: ['health', 14],
  school: ['learning', 14],
  police: ['safety', 15],
  market: ['service', 15],
  park: ['green', 15],
  clinic: ['health', 15],
  kindergarten: ['learning', 15],
  elderly_care: ['health', 16],
  bus_stop: ['transit', 16],
  shelter: ['safety', 16],
  parking: ['transit', 16],
  toilet: ['upkeep', 17],
  fitness: ['green', 17],
  charging: ['transit', 17],
  aed: ['health', 17],
  waste_sorting: ['upkeep', 17],
  hydrant: ['safety', 17],
  camera: ['safety', 17],
  other: ['service', 16],
};

export function group(category: string): FacilityGroup {
  return CATEGORIES[category]?.[0] ?? 'service';
}

function perCategory<T>(value: (category: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(CATEGORIES).map((category) => [category, value(category)]));
}

export function facilityLayers(theme: Theme, scale: number, font: string[]): LayerSpecification[] {
  const common = { source: 'near', 'source-layer': 'facilities', metadata: { group: 'facilities' } } as const;
  const from = byValue(
    'category',
    perCategory((c) => CATEGORIES[c]?.[1] ?? 16),
    16,
  );
  const colour = (of: Record<FacilityGroup, string>) =>
    byValue(
      'category',
      perCategory((c) => of[group(c)]),
      of.service,
    );
  const nameFrom = (least: number) => ['case', ['<', from, least], ['coalesce', ['get', 'name'], ''], ''];
  // a name comes a zoom after its pictogram
  const named = ['step', ['zoom'], '', 16, nameFrom(16), 17, nameFrom(17), 18, nameFrom(18)];
  const sized = (stops: Stops) => byZoom(stops.map(([zoom, size]) => [zoom, (size as number) * scale]));
  return [
    {
      ...common,
      id: 'facility-dot',
      type: 'circle',
      minzoom: 13,
      maxzoom: 15,
      // a dot announces the pictogram that comes a zoom later
      filter: ['==', ['-', from, 1], ['floor', ['zoom']]] as unknown as ExpressionSpecification,
      paint: {
        'circle-radius': byZoom([
          [13, 2 * scale],
          [15, 3.2 * scale],
        ]),
        'circle-color': colour(theme.facility),
        'circle-stroke-color': theme.facilityRim,
        'circle-stroke-width': 1,
        'circle-pitch-alignment': 'map',
      },
    },
    {
      ...common,
      id: 'facility-icon',
      type: 'symbol',
      minzoom: 14,
      filter: ['<=', from, ['zoom']] as unknown as ExpressionSpecification,
      layout: {
        'icon-image': ['concat', 'facility-', ['get', 'category']],
        'icon-size': sized([
          [14, 0.42],
          [16, 0.56],
          [19, 0.8],
        ]),
        'icon-padding': 3,
        'symbol-sort-key': from,
        'text-field': named as unknown as ExpressionSpecification,
        'text-font': font,
        'text-size': sized([
          [16, 10.5],
          [19, 13.5],
        ]),
        'text-variable-anchor': ['top', 'left', 'right', 'bottom'],
        'text-radial-offset': byZoom([
          [14, 0.8],
          [19, 1.15],
        ]),
        'text-justify': 'auto',
        'text-max-width': 7,
        'text-optional': true,
        'text-padding': 6,
      },
      paint: {
        'text-color': colour(theme.facilityText),
        'text-halo-color': theme.halo,
        'text-halo-width': 1.5,
        'text-halo-blur': 0.3,
      },
    },
  ];
}
