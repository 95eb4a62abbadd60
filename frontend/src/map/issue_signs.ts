/** How an issue looks: the outline says its state, the pictogram its group of classes; colour only repeats it. */
export type ThemeName = 'day' | 'night';
export const STATES = ['待处理', '待核查', '待评价', '已归档'] as const;
export type State = (typeof STATES)[number];

/** Outlines on a 32 × 32 field: a pin, a diamond, a square, a circle. `centre` is where the pictogram stands. */
export const OUTLINES: Record<
  State,
  { path: string; centre: [number, number]; anchor: 'bottom' | 'center' }
> = {
  待处理: {
    path: 'M16 30.5C16 30.5 4.5 20 4.5 12.8A11.5 11.5 0 0 1 27.5 12.8C27.5 20 16 30.5 16 30.5z',
    centre: [16, 12.8],
    anchor: 'bottom',
  },
  待核查: { path: 'M16 2.5L29.5 16L16 29.5L2.5 16z', centre: [16, 16], anchor: 'center' },
  待评价: { path: 'M5.5 5.5h21v21h-21z', centre: [16, 16], anchor: 'center' },
  已归档: { path: 'M16 5A11 11 0 1 1 15.99 5z', centre: [16, 16], anchor: 'center' },
};

/** Pictograms of the groups on a 24 × 24 field, stroked. */
export const GLYPHS: Record<string, string> = {
  '01': 'M5 7h14 M9.5 7V4.5h5V7 M7 7l1 13h8l1-13 M10.7 11v5.5 M13.3 11v5.5',
  '02': 'M4 5h16v9.5H4z M8 14.5V20 M16 14.5V20 M8 9.8h8',
  '03': 'M12 4l5.2 15H6.8z M3.5 20h17 M9.4 12h5.2',
  '04': 'M13 3L6 13.2h5.2L10.2 21 17.5 10.5h-5.2z',
  '05': 'M4 10l2-5h12l2 5z M5.5 10v9.5h13V10 M9.5 19.5V14h5v5.5',
  '21': 'M3.5 12L12 4.5 20.5 12 M6 10.5V20h12v-9.5 M10 20v-5h4v5',
};
const OTHER = 'M12 5v9 M12 18.5v.5';

type Colours = Record<State, string> & { ink: string; rim: string; alarm: string; text: string };
export const COLOURS: Record<ThemeName, Colours> = {
  day: {
    待处理: '#b83a12',
    待核查: '#1d57a6',
    待评价: '#14705f',
    已归档: '#666b73',
    ink: '#ffffff',
    rim: '#ffffff',
    alarm: '#c4001d',
    text: '#2b2a27',
  },
  night: {
    待处理: '#ff9a6b',
    待核查: '#7fb8ff',
    待评价: '#5fd8bd',
    已归档: '#9aa4b2',
    ink: '#0b1420',
    rim: '#0b1420',
    alarm: '#ff5468',
    text: '#eef3f8',
  },
};

export function isState(text: string): text is State {
  return (STATES as readonly string[]).includes(text);
}

export function glyphOf(code: string): string {
  return GLYPHS[code.slice(0, 2)] ?? OTHER;
}

const RATIO = 2;

function canvas(side: number): CanvasRenderingContext2D {
  const made = document.createElement('canvas');
  made.width = made.height = side * RATIO;
  const pen = made.getContext('2d') as CanvasRenderingContext2D;
  pen.scale(RATIO, RATIO);
  pen.lineCap = pen.lineJoin = 'round';
  return pen;
}

function picture(pen: CanvasRenderingContext2D): ImageData {
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
}

function badge(pen: CanvasRenderingContext2D, x: number, y: number, colours: Colours, sign: string): void {
  pen.beginPath();
  pen.arc(x, y, 6, 0, Math.PI * 2);
  pen.fillStyle = colours.alarm;
  pen.strokeStyle = colours.rim;
  pen.lineWidth = 1.6;
  pen.fill();
  pen.stroke();
  pen.save();
  pen.translate(x - 4.8, y - 4.8);
  pen.scale(0.4, 0.4);
  pen.lineWidth = 3.6;
  pen.strokeStyle = colours.ink;
  pen.stroke(new Path2D(sign));
  pen.restore();
}

const CLOCK = 'M12 5v7.5l5 3';
const CALL = 'M12 4v10 M12 19v.6';
/** Side of a marker's image in CSS pixels: the outline and room for its badges. */
const SIDE = 40;

/** The image of a marker. */
export function marker(
  theme: ThemeName,
  state: State,
  group: string,
  urgent: boolean,
  overdue: boolean,
): ImageData {
  const colours = COLOURS[theme];
  const { path, centre } = OUTLINES[state];
  const pen = canvas(SIDE);
  pen.translate(4, 7);
  const outline = new Path2D(path);
  pen.shadowColor = 'rgb(0 0 0 / 45%)';
  pen.shadowBlur = 4 * RATIO;
  pen.shadowOffsetY = RATIO;
  pen.strokeStyle = colours.rim;
  pen.lineWidth = 4;
  pen.stroke(outline);
  pen.shadowColor = 'transparent';
  pen.fillStyle = pen.strokeStyle = colours[state];
  pen.lineWidth = 1.5;
  pen.fill(outline);
  pen.stroke(outline);
  pen.save();
  pen.translate(centre[0] - 8.2, centre[1] - 8.2);
  pen.scale(16.4 / 24, 16.4 / 24);
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 2.3;
  pen.stroke(new Path2D(GLYPHS[group] ?? OTHER));
  pen.restore();
  if (urgent) badge(pen, 4, 2, colours, CALL);
  if (overdue) badge(pen, 28, 2, colours, CLOCK);
  return picture(pen);
}

/** The image of several issues: a ring whose parts are the shares of the states, in eighths. */
export function cluster(theme: ThemeName, shares: number[], alarm: boolean): ImageData {
  const colours = COLOURS[theme];
  const pen = canvas(SIDE + 8);
  const middle = (SIDE + 8) / 2;
  const disc = (radius: number, colour: string) => {
    pen.beginPath();
    pen.arc(middle, middle, radius, 0, Math.PI * 2);
    pen.fillStyle = colour;
    pen.fill();
  };
  pen.shadowColor = 'rgb(0 0 0 / 40%)';
  pen.shadowBlur = 4 * RATIO;
  disc(19.5, colours.rim);
  pen.shadowColor = 'transparent';
  const whole = shares.reduce((sum, share) => sum + share, 0) || 1;
  let at = -Math.PI / 2;
  shares.forEach((share, index) => {
    const to = at + (share / whole) * Math.PI * 2;
    pen.beginPath();
    pen.arc(middle, middle, 15.5, at, to);
    pen.strokeStyle = colours[STATES[index] ?? '已归档'];
    pen.lineWidth = 5.5;
    pen.lineCap = 'butt';
    pen.stroke();
    at = to;
  });
  disc(12.5, theme === 'day' ? '#fffdf8' : '#101d2c');
  pen.lineCap = 'round';
  if (alarm) badge(pen, middle + 14, middle - 14, colours, CLOCK);
  return picture(pen);
}

export const PIXEL_RATIO = RATIO;
