/** A name of code as people write it: `dataVoiceTextPlan` as `data voice text plan`. */
export function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}
