/** Where this package is installed, as a stack names it. */
const root = new URL('.', import.meta.url).href;

/** The places of a stack that are in this package, by their paths in it: `server/server.js:61:9`. */
export function ownFrames(stack: string): string[] {
  return stack.split('\n').flatMap((frame) => {
    const start = frame.indexOf(root);
    return start === -1 ? [] : [frame.slice(start + root.length).replace(/\)$/, '')];
  });
}
