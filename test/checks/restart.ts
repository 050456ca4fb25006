import { createSimulator, fleetIccids } from 'esim-usage-gateway/simulator';
import { conclude } from '../support/real-gateway.js';
import { restartUnderLoad } from '../support/rolling-restart.js';

/** Restarts gateways that know nothing of each other under load, and prints how many requests failed and how the processes ended. */
const many = { companyRequests: 100_000, iccidRequests: 100_000, tokenRequests: 100_000 };
const simulator = await createSimulator({ limits: many });
const { row, faults } = await restartUnderLoad({
  environment: {
    AIRALO_CLIENT_ID: simulator.clientId,
    AIRALO_CLIENT_SECRET: simulator.clientSecret,
    AIRALO_BASE_URL: simulator.url,
    ESIM_USAGE_QUIET_START_MS: '0',
    ESIM_USAGE_COMPANY_REQUESTS: '1000',
  },
  gateways: 2,
  restarts: 20,
  requests: 10_000,
  iccids: fleetIccids(40),
});
await simulator.close();
conclude([row], faults);
