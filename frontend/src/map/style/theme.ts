/** The colours of the two themes: paper by day, deep water by night. Everything drawn takes its colour from here. */
export type Theme = {
  name: 'day' | 'night';
  background: string;
  ground: Record<string, string>;
  groundOther: string;
  streetFill: string;
  streetMajor: string;
  streetCasing: string;
  area: string;
  areaHalo: string;
  grids: [string, string, string, string, string, string];
  gridLine: string;
  building: Record<string, string>;
  buildingOther: string;
  buildingLine: string;
  text: string;
  textSoft: string;
  textWater: string;
  textGreen: string;
  textGrid: string;
  textArea: string;
  halo: string;
  select: string;
  facility: string;
  facilityInk: string;
  light: string;
};

export const day: Theme = {
  name: 'day',
  background: '#f3efe6',
  ground: {
    water: '#a9cfe0',
    river: '#a9cfe0',
    park: '#cfe3bb',
    green: '#d8e7c6',
    school: '#efe3c8',
    industrial: '#e4e0e2',
    farmland: '#ecebd0',
    residential: '#f1e9dd',
    village: '#efe4d2',
    plaza: '#eeeae2',
    commercial: '#f4e3dc',
  },
  groundOther: '#ebe6da',
  streetFill: '#ffffff',
  streetMajor: '#fbe3a9',
  streetCasing: '#d3c7b1',
  area: '#7a4b8c',
  areaHalo: '#ffffff',
  grids: ['#4e8fb8', '#c9924a', '#6ba368', '#b06a8c', '#8a7cc0', '#c26f57'],
  gridLine: '#37586e',
  building: {
    residential: '#dccbb3',
    commercial: '#e3ab93',
    office: '#a9bdd3',
    school: '#e6cd88',
    hospital: '#e0a3ab',
    industrial: '#bcb9c4',
    public: '#b9a7d0',
    village: '#d8c1a0',
  },
  buildingOther: '#d3cdc1',
  buildingLine: '#a8967a',
  text: '#38342c',
  textSoft: '#6d665a',
  textWater: '#2f6b88',
  textGreen: '#46703a',
  textGrid: '#23465c',
  textArea: '#5d2f70',
  halo: 'rgba(255,253,247,0.92)',
  select: '#d2452b',
  facility: '#ffffff',
  facilityInk: '#2c5d7c',
  light: '#ffffff',
};

export const night: Theme = {
  name: 'night',
  background: '#0b1420',
  ground: {
    water: '#0f3350',
    river: '#0f3350',
    park: '#12291f',
    green: '#11241d',
    school: '#1d2230',
    industrial: '#161d2a',
    farmland: '#0f1b1f',
    residential: '#121d2b',
    village: '#141d27',
    plaza: '#152030',
    commercial: '#1a1f30',
  },
  groundOther: '#0f1926',
  streetFill: '#26364a',
  streetMajor: '#4b5a63',
  streetCasing: '#0a111a',
  area: '#e3b8ff',
  areaHalo: '#0b1420',
  grids: ['#3f9fd6', '#d69a45', '#4fb583', '#cf6f9f', '#8b80e0', '#d9765a'],
  gridLine: '#6fb2d8',
  building: {
    residential: '#31455c',
    commercial: '#6b4a4a',
    office: '#3a5a7e',
    school: '#6a5c36',
    hospital: '#6d4350',
    industrial: '#3b4152',
    public: '#51477a',
    village: '#3e4048',
  },
  buildingOther: '#34414f',
  buildingLine: '#0c1622',
  text: '#e4ebf2',
  textSoft: '#9fb0c0',
  textWater: '#79b9de',
  textGreen: '#84bd8d',
  textGrid: '#b9def5',
  textArea: '#f0d6ff',
  halo: 'rgba(8,14,24,0.9)',
  select: '#ff8a5c',
  facility: '#12283a',
  facilityInk: '#8fd3ff',
  light: '#cfe0ff',
};

export const themes = { day, night } as const;
