export { fleetIccids } from './fleet.js';
export { scenarioIccids } from './scenarios.js';
export {
  type Allowance,
  type Arrival,
  type BrokenReply,
  createSimulator,
  type EsimScenario,
  type Exchange,
  type FixedScenario,
  type Intercept,
  type MissingScenario,
  type PlanScenario,
  type RawReply,
  type Reply,
  type Simulator,
  type SimulatorLimits,
  type SimulatorOptions,
  type TrickledReply,
  type WholeReply,
  type WindowKind,
} from './simulator.js';
