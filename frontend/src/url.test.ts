import { expect, test } from 'vitest';
import { initialView, placeOf, read, type View, write } from './url';

test('a view survives the address bar', () => {
  const view: View = {
    camera: { zoom: 15.25, lat: 36.855123, lon: 118.090456, bearing: -20, pitch: 45 },
    theme: 'night',
    language: 'en',
    gridKind: 'party',
    hidden: ['facilities', 'grids'],
    heat: true,
    background: 'img',
    query: '亚运村 3 号楼 & 1% + #',
    selection: { kind: 'building', id: '17', room: '345' },
    measured: {
      mode: 'area',
      points: [
        [118.09, 36.855],
        [118.1, 36.8550001],
        [118.1, 36.86],
      ],
    },
  };
  expect(read(write(view))).toEqual(view);
});

test('a place is a selection too', () => {
  const view: View = { ...initialView, selection: { kind: 'place', id: '118.09,36.855' } };
  expect(read(write(view))).toEqual(view);
  expect(placeOf('118.09,36.855')).toEqual([118.09, 36.855]);
  expect(placeOf('118.09')).toBeUndefined();
  expect(placeOf('500,36')).toBeUndefined();
});

test('nonsense is left out', () => {
  expect(read('#map=a/b/c&theme=pink&at=planet:3&measure=weight:1,2')).toEqual(initialView);
  expect(read('#map=3/99/500&at=place:x,y').camera).toBeUndefined();
  expect(read('#at=place:x,y').selection).toBeUndefined();
});
