/** What issues tell over time: on-time rate, 满意率, and the last seven days against the seven before. */
import type { Here } from './context';
import { aboutArea } from './issues';
import { Number_, Panel } from './panel';
import { count } from './saying';
import { type Told, useTold } from './sources';

export type Statistics = {
  from: string;
  to: string;
  now: { overdue: number; due_soon: number; urgent: number; open: number };
  rates: Record<'closed' | 'pleased' | 'in_time' | 'returned', number | null>;
  days: { day: string; reported: number; closed: number }[];
  trend: Record<'reported' | 'closed', { this_week: number; last_week: number; change: number | null }>;
};

export function useStatistics(here: Pick<Here, 'area' | 'language'>, turn: number): Told<Statistics> {
  const { area, language } = here;
  return useTold<Statistics>(area && `/api/issues/statistics?area=${area.code}`, language, 60_000, turn);
}

type Props = { here: Here; told: Told<Statistics> };

export function Quality({ here, told }: Props) {
  const { say } = here;
  const rates = told.value?.rates;
  const shown: [key: 'in_time' | 'pleased', label: string][] = [
    ['in_time', say('wlOnTime')],
    ['pleased', say('wlSatisfied')],
  ];
  if (rates && shown.every(([key]) => rates[key] === null)) return null;
  return (
    <Panel
      here={here}
      name="quality"
      title={say('wlQuality')}
      about={aboutArea(here) ?? say('wlThirtyDays')}
      told={told}
    >
      {rates && (
        <div class="wl-figures">
          {shown.map(([key, label]) => {
            const rate = rates[key];
            if (rate === null) return null;
            return (
              <div key={key} class="wl-rate">
                <Number_
                  here={here}
                  field={key}
                  label={label}
                  value={`${(rate * 100).toFixed(1)}%`}
                  rows={{ of: 'issues', state: '已归档' }}
                />
                <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="ground" width="100" height="4" />
                  <rect class="share" width={rate * 100} height="4" />
                </svg>
              </div>
            );
          })}
        </div>
      )}
    </Panel>
  );
}

const [WIDE, HIGH] = [336, 76];

export function Trend({ here, told }: Props) {
  const { say, language } = here;
  const days = told.value?.days ?? [];
  const [before, last] = [days.slice(-14, -7), days.slice(-7)];
  const trend = told.value?.trend.reported;
  const most = Math.max(1, ...days.slice(-14).map((one) => one.reported));
  const step = WIDE / 7;
  const y = (n: number) => HIGH - (n / most) * (HIGH - 8);
  const weekday = (day: string) =>
    new Date(`${day}T12:00:00`).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en-GB', {
      weekday: 'narrow',
    });
  return (
    <Panel here={here} name="trend" title={say('wlTrend')} about={aboutArea(here)} told={told}>
      {trend && (
        <>
          <div class="wl-weeks">
            <Number_
              here={here}
              field="this_week"
              label={say('wlThisWeek')}
              value={trend.this_week}
              rows={{ of: 'issues' }}
            />
            <p>
              <b data-field="last_week">{count(trend.last_week, language)}</b>
              <span>{say('wlLastWeek')}</span>
              {trend.change !== null && (
                <em>{`${trend.change > 0 ? '▲' : trend.change < 0 ? '▼' : '■'} ${Math.abs(trend.change * 100).toFixed(0)}%`}</em>
              )}
            </p>
          </div>
          <svg class="wl-chart" viewBox={`0 0 ${WIDE} ${HIGH + 22}`} aria-hidden="true">
            {last.map((one, index) => (
              <g key={one.day}>
                <rect
                  class="bar"
                  x={index * step + 8}
                  width={step - 16}
                  y={y(one.reported)}
                  height={HIGH - y(one.reported)}
                />
                <text x={index * step + step / 2} y={HIGH + 18} text-anchor="middle">
                  {weekday(one.day)}
                </text>
              </g>
            ))}
            <polyline
              class="before"
              points={before.map((one, i) => `${i * step + step / 2},${y(one.reported)}`).join(' ')}
            />
            {before.map((one, i) => (
              <circle key={one.day} class="before" cx={i * step + step / 2} cy={y(one.reported)} r="4" />
            ))}
          </svg>
          <table class="unseen">
            <caption>{say('wlTrend')}</caption>
            <tbody>
              {days.slice(-14).map((one) => (
                <tr key={one.day}>
                  <th scope="row">{one.day}</th>
                  <td>{one.reported}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Panel>
  );
}
