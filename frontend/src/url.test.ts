import { expect, test } from 'vitest';
import { initialView, read, type View, write } from './url';

test('a view survives the address bar', () => {
  const view: View = {
    camera: { zoom: 15.25, lat: 36.855123, lon: 118.090456, bearing: -20, pitch: 45 },
    theme: 'night',
    language: 'en',
    gridKind: 'party',
    hidden: ['facilities', 'grids'],
    selection: { kind: 'building', id: '17' },
  };
  expect(read(write(view))).toEqual(view);
});

test('nonsense is left out', () => {
  expect(read('#map=a/b/c&theme=pink&at=planet:3')).toEqual(initialView);
  expect(read('#map=3/99/500').camera).toBeUndefined();
});
