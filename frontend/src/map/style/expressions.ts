/** Expressions that several layers are written in. */
import type { ExpressionSpecification } from 'maplibre-gl';

export type Stops = [zoom: number, value: unknown][];

/** A value that runs from stop to stop with the zoom. */
export function byZoom(stops: Stops, base = 1): ExpressionSpecification {
  const curve = base === 1 ? ['linear'] : ['exponential', base];
  return ['interpolate', curve, ['zoom'], ...stops.flat()] as unknown as ExpressionSpecification;
}

/** A value by the value of a property; what is not in the table gets `other`. */
export function byValue(property: string, table: Record<string, unknown>, other: unknown) {
  const pairs = Object.entries(table).flat();
  return ['match', ['get', property], ...pairs, other] as unknown as ExpressionSpecification;
}

/** Whether a property is one of some values. */
export function oneOf(property: string, values: string[]): ExpressionSpecification {
  return ['in', ['get', property], ['literal', values]] as unknown as ExpressionSpecification;
}

/** One value for what is selected, another for the rest. */
export function whenSelected(on: unknown, off: unknown): ExpressionSpecification {
  return [
    'case',
    ['boolean', ['feature-state', 'selected'], false],
    on,
    off,
  ] as unknown as ExpressionSpecification;
}
