import { z } from 'zod';

/** A whole number within a range, in digits only: `Number` would also read '1e3', '0x10' and ' 5 '. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
