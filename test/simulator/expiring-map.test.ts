import { describe, expect, it } from 'vitest';
import { createExpiringMap } from '../../src/simulator/expiring-map.js';

describe('expiring map', () => {
  it('keeps a value until it is as old as the lifetime', () => {
    const map = createExpiringMap<string>(100);
    map.set('a', 'first', 0);
    expect(map.get('a', 99)).toBe('first');
    expect(map.get('a', 100)).toBeUndefined();
  });

  it('starts the time anew when a value is set again', () => {
    const map = createExpiringMap<string>(100);
    map.set('a', 'first', 0);
    map.set('b', 'other', 40);
    map.set('a', 'second', 50);
    expect(map.get('a', 149)).toBe('second');
    expect(map.get('b', 149)).toBeUndefined();
  });

  it('never keeps a value with a lifetime of 0', () => {
    const map = createExpiringMap<string>(0);
    map.set('a', 'first', 0);
    expect(map.get('a', 0)).toBeUndefined();
  });

  it('forgets everything when cleared', () => {
    const map = createExpiringMap<string>(100);
    map.set('a', 'first', 0);
    map.clear();
    expect(map.get('a', 0)).toBeUndefined();
  });
});
