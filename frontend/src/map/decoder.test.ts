// The decoder that MapLibre brings along and draws our tiles with, on Mapbox's collection of right and wrong vector tiles.

// @ts-expect-error it has no types
import * as fixtures from '@mapbox/mvt-fixtures';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { describe, expect, it } from 'vitest';

interface Value {
  [kind: string]: string | number | boolean;
}
interface Layer {
  version: number;
  name: string;
  extent?: number;
  features: { id?: number; tags?: number[]; type?: number; geometry?: number[] }[];
  keys: string[];
  values: Value[];
}
interface Fixture {
  id: string;
  description: string;
  validity: { v2: boolean };
  buffer: Uint8Array;
  json: { layers?: Layer[] };
}

const all: Fixture[] = [];
fixtures.each((fixture: Fixture) => all.push(fixture));

// a geometry type that doesn't exist, more points than there are bytes: valid, but nobody has to draw them
const UNDRAWABLE = ['016', '039', '057'];

/** The corners that the commands of a geometry lead to, part by part, as the specification says (4.3). */
function corners(commands: number[]): [number, number][][] {
  const parts: [number, number][][] = [];
  const step = (value: number) => (value >>> 1) ^ -(value & 1);
  let x = 0;
  let y = 0;
  for (let at = 0; at < commands.length; ) {
    const command = (commands[at] ?? 0) & 7;
    const count = (commands[at++] ?? 0) >>> 3;
    for (let each = 0; each < count; each++) {
      const part = parts.at(-1);
      if (command === 7) {
        if (part?.[0]) part.push([...part[0]]);
        continue;
      }
      x += step(commands[at++] ?? 0);
      y += step(commands[at++] ?? 0);
      if (command === 1) parts.push([[x, y]]);
      else part?.push([x, y]);
    }
  }
  return parts;
}

describe("Mapbox's fixtures of vector tiles", () => {
  it('are all there', () => expect(all.length).toBeGreaterThan(70));

  it.each(all.filter((fixture) => fixture.validity.v2).map((fixture) => [fixture.id, fixture] as const))(
    '%s, which is valid, is decoded as it should be',
    (id, fixture) => {
      const { layers } = new VectorTile(new PbfReader(fixture.buffer));
      const expected = (fixture.json.layers ?? []).filter((layer) => layer.features.length);
      expect(Object.keys(layers).sort()).toEqual(expected.map((layer) => layer.name).sort());
      for (const layer of expected) {
        const found = layers[layer.name];
        if (!found) throw new Error(layer.name);
        expect([found.length, found.version, found.extent]).toEqual([
          layer.features.length,
          layer.version,
          layer.extent ?? 4096,
        ]);
        layer.features.forEach((feature, index) => {
          const own = found.feature(index);
          const tags = feature.tags ?? [];
          const properties: Record<string, string | number | boolean> = {};
          for (let at = 0; at < tags.length; at += 2) {
            const value = Object.values(layer.values[tags[at + 1] ?? 0] ?? {})[0];
            if (value !== undefined) properties[layer.keys[tags[at] ?? 0] ?? ''] = value;
          }
          expect(Object.keys(own.properties)).toEqual(Object.keys(properties));
          for (const [key, value] of Object.entries(properties))
            if (typeof value === 'number') expect(own.properties[key]).toBeCloseTo(value, 5);
            else expect(own.properties[key]).toBe(value);
          if (feature.id) expect(own.id).toBe(feature.id);
          if (UNDRAWABLE.includes(id)) return;
          expect(own.type).toBe(feature.type);
          expect(own.loadGeometry().map((part) => part.map((point) => [point.x, point.y]))).toEqual(
            corners(feature.geometry ?? []),
          );
        });
      }
    },
  );

  it.each(all.filter((fixture) => !fixture.validity.v2).map((fixture) => [fixture.id, fixture] as const))(
    '%s, which is not, is refused or read without harm',
    (_, fixture) => {
      try {
        for (const layer of Object.values(new VectorTile(new PbfReader(fixture.buffer)).layers))
          for (let index = 0; index < layer.length; index++) layer.feature(index).loadGeometry();
      } catch (refused) {
        expect(refused).toBeInstanceOf(Error);
      }
    },
  );
});
