import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeal } from '../../src/fleet/seal.js';

const seal = createSeal('a-client-secret', 'token');

describe('a seal', () => {
  it('is opened by whoever knows the secret, for the same purpose', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(createSeal('a-client-secret', 'token').open(seal.close(text))).toBe(text);
      }),
    );
  });

  it('is opened by nobody else, and for nothing else', () => {
    const sealed = seal.close('a token');
    expect(createSeal('another-secret', 'token').open(sealed)).toBeNull();
    expect(createSeal('a-client-secret', 'something else').open(sealed)).toBeNull();
  });

  it('shows nothing of what is in it, and never looks the same', () => {
    const [one, other] = [seal.close('a token'), seal.close('a token')];
    expect(one).not.toBe(other);
    expect(Buffer.from(one, 'base64').includes('token')).toBe(false);
  });

  it('is broken by the change of any byte', () => {
    const bytes = Buffer.from(seal.close('a token'), 'base64');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed.readUInt8(index) + 1) % 256, index);
      expect(seal.open(changed.toString('base64'))).toBeNull();
    }
  });

  it('is no seal when anything else stands there', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(seal.open(text)).toBeNull();
      }),
    );
    expect(seal.open(Buffer.alloc(28).toString('base64'))).toBeNull();
  });
});
