/** Every story, in the order of the printed table, on the server that STORIES_SERVER names. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { HAPI_START_TIMEOUT } from '../../support/hapi.js';
import { makePatients } from './calls.js';
import { changes } from './changes.js';
import { finding } from './finding.js';
import { intake } from './intake.js';
import { outages } from './outages.js';
import { parallel } from './parallel.js';
import { quiet } from './quiet.js';
import { restarts } from './restarts.js';
import { submitting } from './submitting.js';
import { thousand } from './thousand.js';
import { closeWorld, openWorld } from './world.js';

beforeAll(async () => {
  await openWorld();
  await makePatients('one', 'two', 'three');
}, HAPI_START_TIMEOUT);

afterAll(closeWorld, 60_000);

describe('submit', submitting);
describe('change', changes);
describe('find', finding);
describe('at once', parallel);
describe('outage', outages);
describe('stored on the server', intake);
describe('missed', restarts);
describe('many', thousand);
describe('afterwards', quiet);
