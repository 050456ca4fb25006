/** The code by which Node and undici name an error, such as `ECONNREFUSED`, or `otherwise` for one that has none. */
export function codeOf(error: unknown, otherwise: string): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : otherwise;
}
