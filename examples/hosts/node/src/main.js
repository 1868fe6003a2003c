// Reads a tenant with a component of the contract and writes its NDJSON to standard output.
//
//   node src/main.js COMPONENT.wasm [--include TYPE[:grants]]... [--retries N] [--timeout SECONDS]
//                    [--max-body BYTES] [--trust-base-url]
//
// Keys and the base URL are taken from the environment, by the names of the connector's description:
// CONNECTOR_SCHEME and CONNECTOR_BASE_URL in capitals. Reading order: this file, settings.js,
// connector.js with http-client.js, fetch-worker.js and wasi.js, sync.js with plan.js, page.js and
// retry.js, result.js, close.js with conflict.js and members.js, records.js.

import { parseArgs } from 'node:util';
import { load } from './connector.js';
import { fromEnvironment, UsageError } from './settings.js';
import { SyncFailed, sync } from './sync.js';

const OPTIONS = {
  include: { type: 'string', multiple: true, default: [] },
  retries: { type: 'string', default: '5' },
  timeout: { type: 'string', default: '90' },
  'max-body': { type: 'string', default: String(64 << 20) },
  'trust-base-url': { type: 'boolean', default: false },
};

async function main() {
  const { component, ...options } = asked();
  const loaded = await load(component);
  const settings = fromEnvironment(loaded.descriptor, process.env, options);
  const { lines, complete } = await sync(await loaded.open(settings), options);
  await new Promise((written) => process.stdout.write(lines.map((line) => `${line}\n`).join(''), written));
  return complete ? 0 : 3;
}

function asked() {
  let found;
  try {
    found = parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = found;
  if (positionals.length !== 1) {
    throw new UsageError('name one component: node src/main.js COMPONENT.wasm');
  }
  return {
    component: positionals[0],
    include: values.include,
    retries: number(values, 'retries', 0),
    timeout: number(values, 'timeout', 1),
    maxBody: number(values, 'max-body', 1),
    trustBaseUrl: values['trust-base-url'],
  };
}

function number(values, name, least) {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} is a whole number from ${least} on`);
  }
  return value;
}

try {
  process.exitCode = await main();
} catch (error) {
  const known = error instanceof UsageError || error instanceof SyncFailed;
  process.stderr.write(`error: ${known ? error.message : error.stack}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
