/** A map whose entries are gone a fixed time after they were set. It holds no more than was set in that time. */
export interface ExpiringMap<Value> {
  /** The value, or undefined when none was set or its time is over. */
  get(key: string, nowMs: number): Value | undefined;
  /** Sets or replaces the value; its time starts anew. */
  set(key: string, value: Value, nowMs: number): void;
  clear(): void;
}

/** Times are milliseconds of one clock; an entry is gone as soon as it is `lifetimeMs` old. */
export function createExpiringMap<Value>(lifetimeMs: number): ExpiringMap<Value> {
  const entries = new Map<string, { value: Value; setAtMs: number }>();

  function dropExpired(nowMs: number): void {
    // A Map iterates in the order of setting, so the first entry still alive ends the search.
    for (const [key, { setAtMs }] of entries) {
      if (nowMs - setAtMs < lifetimeMs) return;
      entries.delete(key);
    }
  }

  return {
    get(key, nowMs) {
      dropExpired(nowMs);
      return entries.get(key)?.value;
    },
    set(key, value, nowMs) {
      dropExpired(nowMs);
      entries.delete(key);
      entries.set(key, { value, setAtMs: nowMs });
    },
    clear() {
      entries.clear();
    },
  };
}
