/** The upper bounds of histograms, in seconds. */
export const secondsTo = {
  /** Of what an operation's deadline of 8 seconds limits: with a bound right after it. */
  deadline: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 9, 15],
  /** Of what the time limit of a call limits, which is 10 seconds. */
  callTimeout: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 10],
};
