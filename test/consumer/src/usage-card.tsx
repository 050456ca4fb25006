import { describeUsage, type UsageCardFragment } from 'esim-usage-gateway/client';
import type { ReactElement } from 'react';

interface UsageCardProps {
  readonly result: UsageCardFragment | null | undefined;
  readonly locale: string;
}

export function UsageCard({ result, locale }: UsageCardProps): ReactElement {
  const { tone, heading, notes, allowances, asOf, validUntil } = describeUsage(result, locale);
  return (
    <section className={tone}>
      <h2>{heading}</h2>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {allowances.map(({ kind, label, text, share }) => (
        <p key={kind}>
          {label}: {text}
          {share !== null && <meter aria-label={label} value={share} />}
        </p>
      ))}
      {asOf && <time dateTime={asOf.at}>{asOf.text}</time>}
      {validUntil && <time dateTime={validUntil.at}>{validUntil.text}</time>}
    </section>
  );
}
