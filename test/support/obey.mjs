/** Loaded before a program, lets its standard input bring about what nothing else can: code that fails, and code that keeps it busy. */
const orders = {
  throw(message) {
    throw new TypeError(message);
  },
  reject(message) {
    void Promise.reject(new TypeError(message));
  },
  block(forMs) {
    const untilMs = performance.now() + Number(forMs);
    while (performance.now() < untilMs);
  },
};

process.stdin.on('data', (line) => {
  const [order, what] = JSON.parse(line);
  orders[order](what);
});
// It is no reason to go on.
process.stdin.unref();
