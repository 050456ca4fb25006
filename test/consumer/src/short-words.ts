import { englishWords, type Words } from 'esim-usage-gateway/client';

export const shortWords: Words = {
  ...englishWords,
  left: (remaining) => `${remaining} left`,
  asOf: (moment) => `on ${moment}`,
};
