/** The most that is put off at a time, so that what came first does not wait for a crowd. More at a time would gain next to nothing. */
const most = 16;

/**
 * Makes what puts tasks off until all that has come in at the same time has been read, and then does them in their order. To send many answers
 * one right after the other costs the system, and whoever they wake, far less than to send each as soon as it is known.
 */
export function createTurnEnd(): (task: () => void) => void {
  let tasks: (() => void)[] = [];

  function end(): void {
    const due = tasks;
    tasks = [];
    for (const task of due) task();
  }

  return (task) => {
    tasks.push(task);
    if (tasks.length === 1) setImmediate(end);
    else if (tasks.length === most) end();
  };
}
