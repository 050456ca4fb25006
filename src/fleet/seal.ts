import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Writes what only members of a fleet can read. */
export interface Seal {
  close(text: string): string;
  /** Null for what was not closed with this seal, or has been changed since. */
  open(sealed: string): string | null;
}

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** A seal of those who know a secret. `purpose` keeps one from being taken for another's. */
export function createSeal(secret: string, purpose: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, keyBytes));

  return {
    close(text) {
      const iv = randomBytes(ivBytes);
      const encrypting = createCipheriv(cipher, key, iv, { authTagLength: tagBytes });
      const encrypted = Buffer.concat([encrypting.update(text, 'utf8'), encrypting.final()]);
      return Buffer.concat([iv, encrypting.getAuthTag(), encrypted]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decrypting = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), {
          authTagLength: tagBytes,
        });
        decrypting.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
        const encrypted = bytes.subarray(ivBytes + tagBytes);
        return Buffer.concat([decrypting.update(encrypted), decrypting.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
