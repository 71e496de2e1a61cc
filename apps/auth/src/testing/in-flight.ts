/** Runs a task for each turn, so many at once, and answers what they answered. */
export async function inFlight<T>(
  turns: number,
  most: number,
  task: (turn: number) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const work = async () => {
    while (next < turns) {
      const turn = next;
      next += 1;
      answers[turn] = await task(turn);
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  return answers;
}
