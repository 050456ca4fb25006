import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { AtHand, FreshReadings, Named } from '../at-hand.js';
import type { UsageReading } from '../usage.js';
import { createPlan, type Root, type Variables } from './plan.js';
import { createTexts } from './texts.js';

export interface FastLaneOptions<Request> {
  readonly schema: GraphQLSchema;
  readonly atHand: AtHand<Request>;
}

/** What a client asks. */
export interface Question {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Variables;
}

/** What was answered without graphql-js. */
export interface FastAnswer {
  /** The body, of ASCII: as many bytes as characters. */
  readonly text: string;
  /** For how long it may be kept, as the header of that name says it. */
  readonly cacheControl: string;
  /** The operation's name, as it is in the document. */
  readonly name: string | null;
  readonly readings: FreshReadings;
}

/** An operation that was answered, without a fault. */
export interface AnsweredOperation {
  readonly question: Question;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The body that was answered. */
  readonly text: () => string;
}

/**
 * Answers again what was answered before. An operation is taken once it has been parsed, validated and answered by graphql-js and the same
 * came out here, byte for byte; and then only while all that it names is fresh.
 */
export interface FastLane<Request> {
  /** Null where it is not for this lane. Nothing has happened then. */
  answer(question: Question, request: Request | undefined): FastAnswer | null;
  /** Told of an operation that went the other way. */
  learn(answered: AnsweredOperation, request: Request | undefined): void;
}

/** What is known of an operation of a document. */
interface Known {
  readonly name: string | null;
  readonly booleanNames: readonly string[];
  /** By what the Boolean variables are. Null where it is for graphql-js. */
  readonly ways: Map<string, Way | null>;
}

interface Way {
  readonly fields: readonly Field[];
  /** What stands after them. */
  readonly end: string;
  /** Whether it has answered the same as graphql-js. */
  isProven: boolean;
}

/** A field at the root that is answered by readings. */
interface Field extends Pick<Root, 'isReference' | 'textsIn'> {
  /** All that stands before the first of them. */
  readonly begin: string;
  readonly textOf: (reading: UsageReading) => string | null;
}

/** The most documents, and the most of their text, that are known at a time. */
const mostKnown = { documents: 1_000, characters: 256 * 1_024 };
/** Documents with more Boolean variables, or operations, than any frontend has, could grow without end. */
const mostWays = 64;
/** The most characters of readings that are kept as text. */
const mostCharacters = 16 * 1_024 * 1_024;
/** As headers say them. */
const scopes = { PRIVATE: 'private', PUBLIC: 'public' } as const satisfies Record<
  FreshReadings['hint']['scope'],
  string
>;

/** Makes a lane that knows no operation yet. */
export function createFastLane<Request>(options: FastLaneOptions<Request>): FastLane<Request> {
  const { schema } = options;
  const { names, fresh, toDate } = options.atHand;
  const texts = createTexts<UsageReading>(mostCharacters);
  const documents = new LRUCache<string, Map<string | null, Known>>({
    max: mostKnown.documents,
    maxSize: mostKnown.characters,
    sizeCalculation: (_known, query) => query.length + 1,
  });
  let calendarMs = toDate(0).getTime();

  /** What was made of dates is not true any more when the calendar is set. */
  function followCalendar(): void {
    const nowMs = toDate(0).getTime();
    if (nowMs !== calendarMs) texts.clear();
    calendarMs = nowMs;
  }

  function wayOf(known: Known, variables: Variables): Way | null {
    const key = waysKey(known, variables);
    return key === null ? null : (known.ways.get(key) ?? null);
  }

  function write({ fields, end }: Way, { byField }: FreshReadings): string | null {
    followCalendar();
    let text = '';
    // Only added to, so that nothing of it is copied before all of it is sent.
    for (const [index, { begin, textOf }] of fields.entries()) {
      let before = begin;
      for (const reading of byField[index] ?? []) {
        const part = textOf(reading);
        if (part === null) return null;
        text += before;
        text += part;
        before = ',';
      }
    }
    return text + end;
  }

  function answerBy(
    { name }: Known,
    way: Way,
    variables: Variables,
    request: Request | undefined,
  ): FastAnswer | null {
    const named = namedBy(way, variables);
    const readings = named && fresh(named, request);
    if (!readings) return null;
    const text = write(way, readings);
    if (text === null) return null;
    const { maxAge, scope } = readings.hint;
    return { text, cacheControl: `max-age=${maxAge}, ${scopes[scope]}`, name, readings };
  }

  function createWay({ document, operation, question }: AnsweredOperation, known: Known): Way | null {
    const booleans = Object.fromEntries(
      known.booleanNames.map((name) => [name, question.variables[name] === true]),
    );
    const plan = createPlan({ document, operation, booleans }, { schema, names, toDate });
    return plan && wayAlong(plan.roots);
  }

  function wayAlong(roots: readonly (Root | string)[]): Way {
    const fields: Field[] = [];
    let before = '{"data":{';
    for (const root of roots) {
      if (typeof root === 'string') {
        before += `${root},`;
        continue;
      }
      const { begin, isList, shape, ...rest } = root;
      const textOf = texts.createKeep((reading) => asciiIn(JSON.stringify(shape(reading))));
      fields.push({ ...rest, textOf, begin: before + begin + (isList ? '[' : '') });
      before = isList ? '],' : ',';
    }
    return { fields, end: `${before.slice(0, -1)}}}\n`, isProven: false };
  }

  function knownOf({ question, operation }: AnsweredOperation): Known {
    const operations = documents.get(question.query) ?? new Map<string | null, Known>();
    const known = operations.get(question.operationName) ?? {
      name: operation.name?.value ?? null,
      booleanNames: booleansOf(operation),
      ways: new Map(),
    };
    operations.set(question.operationName, known);
    documents.set(question.query, operations);
    return known;
  }

  return {
    answer({ query, operationName, variables }, request) {
      const known = documents.get(query)?.get(operationName);
      if (known === undefined) return null;
      const way = wayOf(known, variables);
      if (!way?.isProven) return null;
      return answerBy(known, way, variables, request);
    },

    learn(answered, request) {
      const known = knownOf(answered);
      const key = waysKey(known, answered.question.variables);
      if (key === null) return;
      if (!known.ways.has(key) && known.ways.size < mostWays) known.ways.set(key, createWay(answered, known));
      const way = known.ways.get(key);
      if (!way || way.isProven) return;
      const same = answerBy(known, way, answered.question.variables, request);
      if (same === null) return;
      if (same.text === answered.text()) way.isProven = true;
      // There is something in it that is not understood after all.
      else known.ways.set(key, null);
    },
  };
}

/** Null where a text has other characters: characters and bytes are not the same number then. */
function asciiIn(text: string): string | null {
  return /^[ -~]*$/.test(text) ? text : null;
}

/** All texts that an operation names. Null where there is one that only graphql-js understands. */
function namedBy({ fields }: Way, variables: Variables): Named[] | null {
  const named: Named[] = [];
  for (const { isReference, textsIn } of fields) {
    const texts = textsIn(variables);
    // What an answer of nothing may be kept for, no reading tells.
    if (texts === null || texts.length === 0) return null;
    named.push({ texts, isReference });
  }
  return named;
}

function booleansOf({ variableDefinitions = [] }: OperationDefinitionNode): string[] {
  return variableDefinitions.flatMap(({ type, variable }) => {
    const named = type.kind === 'NonNullType' ? type.type : type;
    return named.kind === 'NamedType' && named.name.value === 'Boolean' ? [variable.name.value] : [];
  });
}

/** Null where one of them is no Boolean. */
function waysKey({ booleanNames }: Known, variables: Variables): string | null {
  if (booleanNames.length === 0) return '';
  const values = booleanNames.map((name) => variables[name]);
  return values.every((value) => typeof value === 'boolean') ? values.join() : null;
}
