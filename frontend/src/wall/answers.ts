/** The service's answers as the wall needs them; shapes follow the service's OpenAPI document. */
import type { Step } from '../api/client';

export type AreaRow = Step & { parent: string | null; path: string };
export type Summary = {
  grids: number;
  buildings: number;
  addresses: number;
  households: number;
  residents: number;
  workers: number;
  issues: Record<State, number>;
};
export const STATES = ['待处理', '待核查', '待评价', '已归档'] as const;
export type State = (typeof STATES)[number];
export type AreaPart = Omit<Summary, 'issues'> & {
  id: number;
  code: string;
  name: string;
  level: string;
  bbox: number[];
  issues: number;
};
export type GridPart = {
  id: number;
  code: string;
  name: string;
  bbox: number[];
  buildings: number;
  households: number;
  residents: number;
  issues: number;
  worker: { id: string; name: string } | null;
};
export type BuildingRow = {
  id: number;
  code: string | null;
  name: string | null;
  estate: string | null;
  use: string | null;
  levels: number | null;
  households: number | null;
  residents: number | null;
  bbox: number[];
};
export type Issue = {
  id: number;
  text: string;
  class: string;
  name_zh: string;
  name_en: string;
  state: State;
  urgent: boolean;
  lon: number;
  lat: number;
  at: string;
  area: string | null;
  grid: string | null;
  place: string | null;
  worker: string | null;
  deadlines: Record<string, string>;
  photos: string[];
};
export type IssueList = { features: { id: number; properties: Issue }[]; next: number | null };
export type Worker = {
  id: string;
  name: string;
  status?: 'moving' | 'standing' | 'silent' | 'off_duty' | 'outside';
  /** Outside of their own grid; undefined where nobody judges that. */
  outside_grid?: boolean | null;
  at?: string;
  heard_at?: string;
  battery?: number | null;
  grid: string | null;
  grid_name: string | null;
};
export type WorkerList = {
  features: { id: string; geometry: { coordinates: [number, number] } | null; properties: Worker }[];
};
