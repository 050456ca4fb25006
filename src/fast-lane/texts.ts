/** Keeps what was made into text once. */
export interface Texts<Key extends object> {
  /** A place of its own, for one way to make a text of a key. */
  createKeep(make: (key: Key) => string): (key: Key) => string;
  /** Forgets all of them. */
  clear(): void;
}

/** Keeps so many characters; then all are forgotten, and those that are still asked for are made anew. */
export function createTexts<Key extends object>(mostCharacters: number): Texts<Key> {
  let texts = new Map<object, WeakMap<Key, string>>();
  let characters = 0;

  function clear(): void {
    texts = new Map();
    characters = 0;
  }

  return {
    clear,
    createKeep(make) {
      const place = {};
      return (key) => {
        let kept = texts.get(place);
        const known = kept?.get(key);
        if (known !== undefined) return known;
        const text = make(key);
        if (characters + text.length > mostCharacters) clear();
        kept = texts.get(place) ?? new WeakMap();
        texts.set(place, kept.set(key, text));
        characters += text.length;
        return text;
      };
    },
  };
}
