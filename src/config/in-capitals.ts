/** `entityKey` as environment variables spell it: `ENTITY_KEY`. */
export function inCapitals(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}
