/** The documented `data` of an active plan with 767 of 2048 megabytes left. */
export const plan: Readonly<Record<string, unknown>> = {
  remaining: 767,
  total: 2048,
  expired_at: '2022-01-01 00:00:00',
  is_unlimited: false,
  status: 'ACTIVE',
  remaining_voice: 0,
  remaining_text: 0,
  total_voice: 0,
  total_text: 0,
};

/** The body of a 200 about that plan, but for what is said. */
export function usageBody(differing: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ data: { ...plan, ...differing }, meta: { message: 'api.succes' } });
}
