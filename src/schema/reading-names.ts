import type { ReadingNames } from '../at-hand.js';
import { nameOf } from './names.js';
import { type SchemaOptions, schemaSettingsOf } from './options.js';

/** By what names a schema with these options knows what is read. */
export function readingNames(options: SchemaOptions): ReadingNames {
  const settings = schemaSettingsOf(options);
  return {
    reading: nameOf('EsimUsage', settings),
    freshness: nameOf('EsimUsageFreshness', settings),
    entity: settings.entity,
    entityKey: settings.entityKey,
  };
}
