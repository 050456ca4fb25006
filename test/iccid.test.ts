import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iccidIn, isIccid, maskIccid } from '../src/iccid.js';
import { iccidOf } from './support/iccids.js';

describe('ICCID', { timeout: 60_000 }, () => {
  it.each([
    '8944465400000267221',
    '8910300000005271146',
    '8997212330099025334',
    '891000000000009125',
    '89340000000000872',
    '894000000000001',
  ])('is what the documentation shows: %s', (text) => {
    expect(isIccid(text)).toBe(true);
  });

  it('is any 15 to 22 ASCII digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{15,22}$/), (text) => {
        expect(isIccid(text)).toBe(true);
      }),
    );
  });

  it('may begin with zeros', () => {
    expect(isIccid('000000000000000')).toBe(true);
  });

  it.each([0, 1, 14, 23, 1_000])('is nothing of %i digits', (length) => {
    expect(isIccid('8'.repeat(length))).toBe(false);
  });

  it.each([
    ['a letter', '894446540000026722a'],
    ['a space before', ' 8944465400000267221'],
    ['a space after', '8944465400000267221 '],
    ['a line feed after', '8944465400000267221\n'],
    ['a line feed before', '\n8944465400000267221'],
    ['a second line', '8944465400000267221\n8944465400000267221'],
    ['a carriage return after', '8944465400000267221\r'],
    ['a NUL after', '8944465400000267221\0'],
    ['a sign', '-8944465400000267221'],
    ['a decimal point', '894446540000.0267221'],
    ['an exponent', '8944465400000e267221'],
    ['full-width digits', '８９４４４６５４００００００２６７２２１'],
    ['Arabic-Indic digits', '٨٩٤٤٤٦٥٤٠٠٠٠٠٠٢٦٧٢٢١'],
    ['a path', '894446540000/../../token'],
    ['an encoded path', '894446540000%2e%2e'],
    ['a query', '8944465400000267221?'],
    ['a fragment', '8944465400000267221#'],
  ])('is nothing with %s', (_what, text) => {
    expect(isIccid(text)).toBe(false);
  });

  it('is nothing that holds any character but an ASCII digit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 15, maxLength: 22 }), (text) => {
        const isDigits = [...text].every((character) => '0123456789'.includes(character));
        expect(isIccid(text)).toBe(isDigits);
      }),
    );
  });

  it('is what a text is, and no other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^[0-9]{14,23}$/), fc.string({ unit: 'binary' })), (text) => {
        expect(iccidIn(text)).toBe(isIccid(text) ? text : null);
      }),
    );
  });

  it('is not what has its digits in the lower half of each character', () => {
    expect(iccidIn('ĸ'.repeat(19))).toBeNull();
  });

  it('shows its first 2 and last 4 digits in logs', () => {
    expect(maskIccid(iccidOf('8944465400000267221'))).toBe('89…7221');
    expect(maskIccid(iccidOf('894000000000001'))).toBe('89…0001');
  });
});
