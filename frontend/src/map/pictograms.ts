/** Pictograms of facilities, by category: paths of our own, for the map and for the legend. */

/** Paths on a 24 × 24 field, stroked. */
export const PATHS: Record<string, string> = {
  service_center: 'M12 4l7 5v10H5V9z M10 19v-6h4v6',
  police: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z M9 12l2 2 4-4',
  hydrant: 'M8 20h8 M9 20V9a3 3 0 0 1 6 0v11 M7 12h10 M12 6V4',
  clinic: 'M12 5v14 M5 12h14',
  hospital: 'M5 20V5h14v15 M12 8v6 M9 11h6',
  school: 'M3 10l9-5 9 5-9 5z M7 12v5c3 2 7 2 10 0v-5',
  kindergarten: 'M5 19V10h4v9 M9 19v-6h6v6 M15 19V8h4v11 M5 10l2-3 2 3 M15 8l2-3 2 3',
  elderly_care: 'M9 6a2 2 0 1 0 .1 0 M9 9v6l3 5 M9 12h4v8 M16 11v9',
  market: 'M4 9h16l-2 10H6z M8 9l3-5 M16 9l-3-5',
  park: 'M12 20v-6 M12 14c-5 0-6-4-4-6 0-4 8-4 8 0 2 2 1 6-4 6z',
  bus_stop: 'M6 16V6h12v10z M6 11h12 M8 19v-3 M16 19v-3',
  charging: 'M13 3l-6 10h5l-1 8 6-11h-5z',
  waste_sorting: 'M6 8h12l-1 12H7z M4 8h16 M10 5h4 M10 12v5 M14 12v5',
  fitness: 'M4 9v6 M7 7v10 M17 7v10 M20 9v6 M7 12h10',
  toilet: 'M8 5a1.5 1.5 0 1 0 .1 0 M8 8v12 M5 12h6 M16 5a1.5 1.5 0 1 0 .1 0 M13 15h6l-3-7z M16 15v5',
  camera: 'M4 8l11-3 2 5-11 3z M9 13v5H5 M17 8l3 1',
  aed: 'M12 20C4 14 4 6 9 6c2 0 3 2 3 2s1-2 3-2c5 0 5 8-3 14z M10 12h2l-1 3',
  shelter: 'M4 19L12 5l8 14z M12 13v6',
  parking: 'M8 20V5h5a4 4 0 0 1 0 8H8',
  other: 'M12 8a4 4 0 1 0 .1 0',
};
