export { type Clock, createSystemClock } from './clock.js';
export type { EsimUsageContext, OperationOptions } from './context.js';
export type { Report, UsageEvent } from './events.js';
export { createEsimUsageModule, type EsimUsageModule } from './module.js';
export type { EsimUsageModuleOptions, Figures } from './options.js';
export type { EntityKeyType, SchemaOptions } from './schema/options.js';
export type { EsimUsageResolvers, EsimUsageSchema } from './schema/schema.js';
export type { EsimUsageState } from './state.js';
export type { Authorize, EsimKey, UsageProblem, UsageQuota, UsageReading, UsageResult } from './usage.js';
