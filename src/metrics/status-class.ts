/** The classes of HTTP statuses. */
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** The class of a status: of the server's faults for one that HTTP does not have. */
export function statusClassOf(status: number): (typeof statusClasses)[number] {
  return statusClasses[Math.floor(status / 100) - 1] ?? '5xx';
}
