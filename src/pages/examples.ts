import { type SchemaOptions, schemaSettingsOf } from '../schema/options.js';
import { queryOne, querySeveral, type UsageQuery } from '../usage-query.js';

/** What the examples ask a simulator for. */
export interface SimulatedIccids {
  readonly scenarios: Readonly<Record<Scenario, string>>;
  /** More plain plans than the upstream's limits let be read within a deadline. */
  readonly fleet: readonly string[];
}

type Scenario =
  | 'dataVoiceTextPlan'
  | 'dataPlan'
  | 'notActive'
  | 'usedUp'
  | 'expired'
  | 'undocumentedStatus'
  | 'notFound'
  | 'unlimited'
  | 'recycled';

/** The worked examples that a schema can answer. Without a simulator there is one, for an ICCID that is to be filled in. */
export function createExamples(
  schema: SchemaOptions | undefined,
  simulated: SimulatedIccids | null,
): [UsageQuery, ...UsageQuery[]] {
  const settings = schemaSettingsOf(schema);
  if (simulated === null) return [commented(queryOne('PhoneScreen', '', settings), emptyComment)];
  const { scenarios, fleet } = simulated;
  const { dataPlan, notActive, usedUp, expired, undocumentedStatus, notFound } = scenarios;
  const mixed = [dataPlan, notActive, usedUp, expired, undocumentedStatus, notFound];
  // Written in groups, as it is printed on a card.
  const malformed = dataPlan.replace(/(.{4})(?=.)/g, '$1 ');
  return [
    commented(queryOne('PhoneScreen', scenarios.dataVoiceTextPlan, settings), comments.phoneScreen),
    commented(querySeveral('SeveralEsims', mixed, settings), comments.severalEsims),
    commented(queryOne('UnlimitedPlan', scenarios.unlimited, settings), comments.unlimitedPlan),
    commented(queryOne('RecycledEsim', scenarios.recycled, settings), comments.recycledEsim),
    commented(querySeveral('MalformedIccid', [malformed, dataPlan], settings), comments.malformedIccid),
    commented(querySeveral('ThrottledList', fleet, settings), comments.throttledList),
  ];
}

const emptyComment = `
What is left on an eSIM.
Write the ICCID of one of yours between
the quotes, in the variables below.`;

/** What to see in each, in lines that the editor shows without scrolling. */
const comments = {
  phoneScreen: `
A phone's usage screen: what is left,
and when the package ends.
Run it twice: fetchedAt stays the same,
as a reading is fresh until freshUntil.`,
  severalEsims: `
Six eSIMs in one call, in the order asked:
in use, not yet in use, used up, expired,
in a state that the schema does not know,
and not found. A problem is data, and
spoils nothing beside it.`,
  unlimitedPlan: `
An unlimited plan: isUnlimited is true,
and data is null instead of 0 of 0.`,
  recycledEsim: `
An eSIM that its operator has taken back.
Nothing else is known of it any more,
so all but its status is null.`,
  malformedIccid: `
The first has spaces in it and is no ICCID:
a problem, with a code to branch on.
The second is answered all the same.`,
  throttledList: `
80 eSIMs, at 5 calls a second: more than
can be read by the deadline, so wait for it.
The last are THROTTLED, and each is told
in how many seconds to ask again. Do:
what has been read is there at once.`,
};

function commented({ query, variables }: UsageQuery, comment: string): UsageQuery {
  return { query: `${comment.trim().replace(/^/gm, '# ')}\n${query}\n`, variables };
}
