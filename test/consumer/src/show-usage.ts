import {
  ask,
  askAgainMs,
  describeUsage,
  type UsageDescription,
  UsageOfEsimDocument,
} from 'esim-usage-gateway/client';

/** Shows how much is left of an eSIM, and shows it again whenever there is something new, until it is told to stop. */
export async function showUsage(
  url: string,
  iccid: string,
  show: (description: UsageDescription) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const answer = await ask(url, UsageOfEsimDocument, { iccid }, { signal }).catch(() => null);
    if (signal.aborted) return;
    const result = answer?.data?.esimUsage;
    show(describeUsage(result, 'en-GB'));
    const waitMs = askAgainMs(result);
    if (waitMs === null) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
