type Locks = { request: <T>(name: string, task: () => Promise<T>) => Promise<T> };

/** Who waits in this process, by name: for runtimes without Web Locks. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a task while no other of the same name runs: in no tab of this origin where there are Web
 * Locks, else in no other client of this process.
 */
export function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } };
  return navigator?.locks ? navigator.locks.request(name, task) : afterOthers(name, task);
}

function afterOthers<T>(name: string, task: () => Promise<T>): Promise<T> {
  const result = (queues.get(name) ?? Promise.resolve()).then(task);
  const tail = result.then(
    () => undefined,
    () => undefined,
  );
  queues.set(name, tail);
  void tail.then(() => {
    if (queues.get(name) === tail) {
      queues.delete(name);
    }
  });
  return result;
}

/** Of calls that come while one runs, all get that one's result. */
export function shareFlight<A, T>(task: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let flight: Promise<T> | null = null;
  return (argument) => {
    flight ??= task(argument).finally(() => {
      flight = null;
    });
    return flight;
  };
}
