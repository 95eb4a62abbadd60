/** Issues from a CSV file. */
import { Problem } from '../api/client';

/** What became of the rows; with findings, which name the file's row, nothing was stored. */
export type Taken = { added: number; unchanged: number; findings: { row: number; what: string }[] };

/** Sends the file; an answer with findings (422) is one too. Raises Problem. */
export async function sendSheet(file: File, language: string): Promise<Taken> {
  const body = new FormData();
  body.append('file', file);
  const answer = await fetch('/api/issues/import', {
    method: 'POST',
    body,
    headers: { 'Accept-Language': language },
    credentials: 'same-origin',
  });
  const told = (await answer.json().catch(() => ({}))) as Partial<Taken> & { detail?: string };
  if (told.findings) return { added: 0, unchanged: 0, ...told, findings: told.findings };
  if (answer.ok) return { added: told.added ?? 0, unchanged: told.unchanged ?? 0, findings: [] };
  throw new Problem(answer.status, told.detail ?? answer.statusText);
}
