/** Keeps what was made into text once. */
export interface Texts<Key extends object> {
  /** One way to make a text of a key, or null where there is none for it, which is kept, too. */
  createKeep(make: (key: Key) => string | null): (key: Key) => string | null;
  /** Forgets all of them. */
  clear(): void;
}

/** Keeps so many characters; then all are forgotten, and those that are still asked for are made anew. */
export function createTexts<Key extends object>(mostCharacters: number): Texts<Key> {
  /** Counts how often all were forgotten. */
  let age = 0;
  let characters = 0;

  function clear(): void {
    age += 1;
    characters = 0;
  }

  return {
    clear,
    createKeep(make) {
      let kept = new WeakMap<Key, string | null>();
      let keptAge = age;

      function makeAndKeep(key: Key): string | null {
        const text = make(key);
        const length = text?.length ?? 0;
        if (characters + length > mostCharacters) clear();
        if (keptAge !== age) [kept, keptAge] = [new WeakMap(), age];
        kept.set(key, text);
        characters += length;
        return text;
      }

      return (key) => {
        const known = keptAge === age ? kept.get(key) : undefined;
        return known === undefined ? makeAndKeep(key) : known;
      };
    },
  };
}
