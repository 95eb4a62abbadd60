/** The colours of the two themes: paper by day, a lit town by night. Everything drawn takes its colour from here. */
export type FacilityGroup = 'service' | 'safety' | 'health' | 'learning' | 'transit' | 'green' | 'upkeep';

export type Theme = {
  name: 'day' | 'night';
  /** Outside of everything that the viewer sees, and the ground inside. */
  background: string;
  paper: string;
  /** The edge of that ground, as if it were a sheet. */
  sheetEdge: string;
  ground: Record<string, string>;
  groundOther: string;
  /** What grows on the ground, from near: crowns of trees, their shade, furrows of fields. */
  texture: { crown: string; shade: string; furrow: string };
  streets: { lane: string; local: string; secondary: string; arterial: string; expressway: string };
  /** The wide ones from near, where they fill much of the picture. */
  streetsNear: { arterial: string; expressway: string };
  streetCasing: string;
  streetCasingMajor: string;
  streetCentre: string;
  streetLane: string;
  /** Lines of areas from the widest level to the narrowest; the halo parts them from what lies below. */
  area: { wide: string; street: string; community: string };
  areaHalo: string;
  grids: [string, string, string, string, string, string];
  gridTint: [near13: number, near17: number];
  gridLine: string;
  /** Buildings by use, as low ones and as towers. */
  building: Record<string, string>;
  tower: Record<string, string>;
  buildingOther: string;
  towerOther: string;
  buildingLine: string;
  shadow: string;
  shadowOpacity: number;
  light: string;
  lightIntensity: number;
  text: string;
  textSoft: string;
  textStreet: string;
  textWater: string;
  textGreen: string;
  textEstate: string;
  textGrid: string;
  textArea: string;
  textStairs: string;
  halo: string;
  select: string;
  /** A household's dot. */
  address: string;
  /** Disc of a pictogram, by group; the pictogram on it; its name beside it. */
  facility: Record<FacilityGroup, string>;
  facilityInk: string;
  facilityRim: string;
  facilityText: Record<FacilityGroup, string>;
};

export const day: Theme = {
  name: 'day',
  background: '#e8e7e1',
  paper: '#f8f6f0',
  sheetEdge: '#cbc8bd',
  ground: {
    water: '#a9d2e8',
    river: '#a9d2e8',
    park: '#d3e9c2',
    wood: '#bcdcaa',
    garden: '#d0e7be',
    green: '#dfedd2',
    sports: '#d3e6d0',
    school: '#f5ecd3',
    industrial: '#e9e8ee',
    farmland: '#f0f2de',
    residential: '#f4efe6',
    village: '#f4ebdc',
    plaza: '#f0eee9',
    commercial: '#f7e9e2',
    public: '#efeaf5',
  },
  groundOther: '#f1eee6',
  texture: { crown: '#a8d08f', shade: '#6f8f5a40', furrow: '#dfe3c4' },
  streets: {
    lane: '#fffefb',
    local: '#ffffff',
    secondary: '#fffdf4',
    arterial: '#ffefc2',
    expressway: '#ffd489',
  },
  streetsNear: { arterial: '#fff6de', expressway: '#ffecc4' },
  streetCasing: '#d8d0c1',
  streetCasingMajor: '#d9b878',
  streetCentre: '#e0a94a',
  streetLane: '#d9c9a0',
  area: { wide: '#43205e', street: '#5b2d78', community: '#7d4f98' },
  areaHalo: '#ffffff',
  grids: ['#3f8fc4', '#e09a32', '#3fa57d', '#cc6797', '#7a72c9', '#9c9a33'],
  gridTint: [0.17, 0.1],
  gridLine: '#3a6d88',
  building: {
    residential: '#ece2d0',
    commercial: '#e5a177',
    office: '#a6cbea',
    school: '#f1dc8e',
    hospital: '#eaa9b8',
    industrial: '#c3c6cc',
    public: '#a596d3',
    village: '#d9c8a6',
  },
  tower: {
    residential: '#f6ede0',
    commercial: '#ecb28c',
    office: '#c0dcf3',
    school: '#f6e6a8',
    hospital: '#f2bfca',
    industrial: '#b2b7bc',
    public: '#b7aade',
    village: '#e2d5ba',
  },
  buildingOther: '#ddd6c9',
  towerOther: '#b4cadc',
  buildingLine: '#a3947d',
  shadow: '#5d5340',
  shadowOpacity: 0.16,
  light: '#fffaf0',
  lightIntensity: 0.24,
  text: '#2b2a27',
  textSoft: '#3f392c',
  textStreet: '#554d40',
  textWater: '#184f70',
  textGreen: '#2b5522',
  textEstate: '#5a3a1c',
  textGrid: '#17475f',
  textArea: '#4c1d66',
  textStairs: '#7a3f00',
  halo: '#fffdf8',
  select: '#1769c2',
  address: '#7a3f00',
  facility: {
    service: '#a81f18',
    safety: '#33479f',
    health: '#a8256b',
    learning: '#8f6200',
    transit: '#0b6a86',
    green: '#2f7034',
    upkeep: '#4d4b55',
  },
  facilityInk: '#ffffff',
  facilityRim: '#ffffff',
  facilityText: {
    service: '#8f1d17',
    safety: '#2a3b87',
    health: '#861b55',
    learning: '#643f00',
    transit: '#084f64',
    green: '#23541f',
    upkeep: '#45424d',
  },
};

export const night: Theme = {
  name: 'night',
  background: '#070c13',
  paper: '#0d1622',
  sheetEdge: '#000205',
  ground: {
    water: '#0d3556',
    river: '#0d3556',
    park: '#12312b',
    wood: '#0c2720',
    garden: '#11332b',
    green: '#102821',
    sports: '#14342f',
    school: '#1f2530',
    industrial: '#171d2b',
    farmland: '#0e1b20',
    residential: '#131e2c',
    village: '#171e28',
    plaza: '#182330',
    commercial: '#1f2032',
    public: '#1b1f38',
  },
  groundOther: '#111b28',
  texture: { crown: '#1b4236', shade: '#00000066', furrow: '#13241f' },
  streets: {
    lane: '#223146',
    local: '#2b3c53',
    secondary: '#3a4a60',
    arterial: '#8a7443',
    expressway: '#b88f43',
  },
  streetsNear: { arterial: '#3f3a33', expressway: '#4c4334' },
  streetCasing: '#0a111b',
  streetCasingMajor: '#140f08',
  streetCentre: '#d8b366',
  streetLane: '#6b6457',
  area: { wide: '#f2d9ff', street: '#e0b8fb', community: '#b98ede' },
  areaHalo: '#0a0f18',
  grids: ['#3f9fd6', '#d69a45', '#43b58b', '#d0719f', '#8b80e0', '#75802c'],
  gridTint: [0.16, 0.09],
  gridLine: '#69a9cc',
  building: {
    residential: '#35506e',
    commercial: '#7c5443',
    office: '#336a9b',
    school: '#736638',
    hospital: '#804a60',
    industrial: '#39414e',
    public: '#534a8c',
    village: '#4f4a48',
  },
  tower: {
    residential: '#567aa2',
    commercial: '#9f6a51',
    office: '#4480b5',
    school: '#8c7b3e',
    hospital: '#a65e7c',
    industrial: '#4b5464',
    public: '#6f65b4',
    village: '#5c5755',
  },
  buildingOther: '#3c4b5d',
  towerOther: '#4f7aa6',
  buildingLine: '#070d15',
  shadow: '#000308',
  shadowOpacity: 0.5,
  light: '#dfeaff',
  lightIntensity: 0.36,
  text: '#eef3f8',
  textSoft: '#d6e0ea',
  textStreet: '#c3cfdb',
  textWater: '#9ad0f2',
  textGreen: '#a5dba9',
  textEstate: '#f0d7b2',
  textGrid: '#b5e2fb',
  textArea: '#f3deff',
  textStairs: '#ffc56b',
  halo: '#060b12',
  select: '#4fc3ff',
  address: '#ffc56b',
  facility: {
    service: '#ffb0a3',
    safety: '#a9b8ff',
    health: '#ff9cc8',
    learning: '#f2c45c',
    transit: '#6fd0ea',
    green: '#5fae66',
    upkeep: '#99a1b1',
  },
  facilityInk: '#0a121d',
  facilityRim: '#0a121d',
  facilityText: {
    service: '#ffbfb5',
    safety: '#c6d0ff',
    health: '#ffbddb',
    learning: '#f6d68e',
    transit: '#9fe1f3',
    green: '#b0e5b2',
    upkeep: '#d5d8e0',
  },
};

export const themes = { day, night } as const;
