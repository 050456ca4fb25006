/** What a key stands for, until it is deleted. */
interface Cell<Value> {
  value: Value | undefined;
}

/**
 * A map for what comes and goes all the time, by keys that refer to nothing. A `Map` lays out a new table every few insertions, and in
 * V8 what is in the one before stays alive until the next major collection, with all that it refers to: here an empty cell does.
 */
export class PassingMap<Key extends string | number, Value extends object> {
  readonly #cells = new Map<Key, Cell<Value>>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: Key): boolean {
    return this.#cells.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  /** A key that is there keeps its place in the order. */
  set(key: Key, value: Value): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
  }

  delete(key: Key): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) return;
    cell.value = undefined;
    this.#cells.delete(key);
  }

  /** The oldest first. What is deleted meanwhile is left out, as a `Map` does. */
  *entries(): Generator<[Key, Value]> {
    for (const [key, { value }] of this.#cells) if (value !== undefined) yield [key, value];
  }

  /** All there are at the moment, the oldest first. */
  values(): Value[] {
    const values: Value[] = [];
    for (const { value } of this.#cells.values()) if (value !== undefined) values.push(value);
    return values;
  }
}
