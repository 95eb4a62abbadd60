/** A worker who was clicked on the desk's map, for the list of those to whom an issue can be sent. */
const ears = new Set<(worker: string) => void>();

export function workerPicked(worker: string): void {
  for (const hear of ears) hear(worker);
}

/** Hears of each click on a worker; returns what ends it. */
export function onWorkerPicked(hear: (worker: string) => void): () => void {
  ears.add(hear);
  return () => {
    ears.delete(hear);
  };
}
