/** The tables that the map is drawn from: legible, told apart by everybody, and every layer in order. */
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, test } from 'vitest';
import { CATEGORIES, group } from './facilities';
import { sizeOn, style } from './style';
import { type Theme, themes } from './theme';

type Rgb = [number, number, number];

const rgb = (hex: string): Rgb => {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
};
const linear = (value: number) =>
  value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;

/** WCAG 2.1's contrast ratio of two colours. */
function contrast(one: string, other: string): number {
  const light = (hex: string) => {
    const [r, g, b] = rgb(hex).map(linear) as Rgb;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** How people without red, green or blue cones see a colour (Machado, Oliveira, Fernandes 2009, severity 1). */
const SEEN_BY: Record<string, number[]> = {
  everybody: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/** CIELAB (D65) of a colour as somebody sees it. */
function lab(hex: string, matrix: number[]): Rgb {
  const [r, g, b] = rgb(hex).map(linear) as Rgb;
  const seen = [0, 3, 6].map((i) => {
    const value = (matrix[i] ?? 0) * r + (matrix[i + 1] ?? 0) * g + (matrix[i + 2] ?? 0) * b;
    return Math.min(1, Math.max(0, value));
  }) as Rgb;
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
  const x = f((0.4124564 * seen[0] + 0.3575761 * seen[1] + 0.1804375 * seen[2]) / 0.95047);
  const y = f(0.2126729 * seen[0] + 0.7151522 * seen[1] + 0.072175 * seen[2]);
  const z = f((0.0193339 * seen[0] + 0.119192 * seen[1] + 0.9503041 * seen[2]) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function nearest(colours: Record<string, string>, matrix: number[]): [distance: number, pair: string] {
  const names = Object.keys(colours);
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b): [string, string] => [a, b]));
  return pairs
    .map(([a, b]): [number, string] => {
      const [p, q] = [lab(colours[a] ?? '', matrix), lab(colours[b] ?? '', matrix)];
      return [Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]), `${a} and ${b}`];
    })
    .sort((a, b) => a[0] - b[0])[0] as [number, string];
}

/** Every text with what it may stand on besides its halo. */
function texts(theme: Theme): [name: string, colour: string, on: Record<string, string>][] {
  const { water, river, ...land } = theme.ground as Record<string, string>;
  const streets = { ...theme.streets, ...theme.streetsNear };
  const { arterial, expressway, ...quiet } = theme.streets;
  const waters = { water: water ?? '', river: river ?? '' };
  return [
    ['text', theme.text, { ...land, paper: theme.paper, background: theme.background }],
    ['textSoft', theme.textSoft, land],
    ['textStreet', theme.textStreet, { ...quiet, ...theme.streetsNear }],
    ['textWater', theme.textWater, waters],
    ['textGreen', theme.textGreen, land],
    ['textEstate', theme.textEstate, land],
    ['textGrid', theme.textGrid, { ...land, ...waters }],
    ['textArea', theme.textArea, { ...land, ...waters, ...streets }],
    ...Object.entries(theme.facilityText).map(([name, colour]): [string, string, Record<string, string>] => [
      `facility ${name}`,
      colour,
      land,
    ]),
  ];
}

describe.each(Object.values(themes))('by $name', (theme) => {
  test.each(texts(theme))('%s is legible on its halo and on the ground', (_, colour, on) => {
    expect(contrast(colour, theme.halo)).toBeGreaterThanOrEqual(4.5);
    for (const [name, surface] of Object.entries(on)) {
      expect(contrast(colour, surface), `on ${name}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('what is written on a building is legible on its halo, and on the roof without it', () => {
    for (const roof of [...Object.values(theme.building), ...Object.values(theme.tower)]) {
      expect(contrast(theme.textSoft, roof), roof).toBeGreaterThanOrEqual(3);
    }
  });

  test('pictograms stand out from their discs, and discs from the ground', () => {
    for (const disc of Object.values(theme.facility)) {
      expect(contrast(disc, theme.facilityInk)).toBeGreaterThanOrEqual(4.5);
      for (const ground of Object.values(theme.ground))
        expect(contrast(disc, ground)).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(Object.entries(SEEN_BY))('uses and groups are told apart: %s', (_, matrix) => {
    const [use, uses] = nearest(theme.building, matrix);
    expect(use, uses).toBeGreaterThanOrEqual(5);
    const [disc, discs] = nearest(theme.facility, matrix);
    expect(disc, discs).toBeGreaterThanOrEqual(5);
    const tints = Object.fromEntries(theme.grids.map((colour, i) => [`grid ${i}`, colour]));
    const [tint, both] = nearest(tints, matrix);
    expect(tint, both).toBeGreaterThanOrEqual(5);
  });

  test('lines of areas are darker or lighter than all that they cross', () => {
    for (const line of Object.values(theme.area)) {
      for (const ground of Object.values(theme.ground))
        expect(contrast(line, ground)).toBeGreaterThanOrEqual(3);
    }
  });
});

const wish = { theme: 'day' as const, gridKind: 'community', hidden: [], origin: 'http://localhost' };

test('the style is one that the map library takes, for every wish', () => {
  const picture = { code: 'img', max_zoom: 18 };
  for (const theme of ['day', 'night'] as const)
    for (const more of [{}, { fine: true }, { language: 'en' as const, picture, fine: true }])
      expect(validateStyleMin(style({ ...wish, theme, ...more })).map((wrong) => wrong.message)).toEqual([]);
});

test('every category has a group of its theme', () => {
  for (const category of [...Object.keys(CATEGORIES), 'unheard of']) {
    expect(themes.day.facility[group(category)]).toBeDefined();
  }
});

test('both themes have the same layers, each id once, and what is hidden is hidden', () => {
  const ids = (theme: 'day' | 'night') => style({ ...wish, theme }).layers.map((layer) => layer.id);
  expect(ids('day')).toEqual(ids('night'));
  expect(new Set(ids('day')).size).toBe(ids('day').length);
  const hidden = style({ ...wish, hidden: ['buildings'] }).layers.filter(
    (l) => l.layout?.visibility === 'none',
  );
  expect(hidden.map((layer) => layer.id)).toContain('building-solid');
  expect(hidden.every((layer) => layer.id.startsWith('building'))).toBe(true);
});

test('on a wall texts are larger', () => {
  const sizes = (scale: number) =>
    style({ ...wish, scale }).layers.flatMap((layer) =>
      layer.type === 'symbol' ? [(layer.layout?.['text-size'] as unknown as unknown[])?.[4]] : [],
    ) as number[];
  expect(sizes(1.5)).toEqual(sizes(1).map((size) => size * 1.5));
  expect(sizeOn(1920, 1)).toBe(1);
  expect(sizeOn(3840, 1)).toBeGreaterThan(1.7);
  expect(sizeOn(3840, 2)).toBe(1);
});
