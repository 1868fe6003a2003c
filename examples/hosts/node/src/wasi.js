// The WASI variant's imports, by preview2-shim. The adapter inside of the component does what
// http-client.js does for the bare one; the shim knows no policy.

import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';

/** What the component imports, and how many requests were sent so far. */
export function wasi({ baseUrl = '', credentials = new Map(), maxBody }) {
  const env = { CONNECTOR_BASE_URL: baseUrl };
  if (maxBody) {
    env.CONNECTOR_MAX_BODY = String(maxBody);
  }
  for (const [name, header] of credentials) {
    const variable = `CONNECTOR_CREDENTIAL_${name.toUpperCase().replaceAll('-', '_')}`;
    env[variable] = `${header.name}: ${header.value}`;
  }
  const shim = new WASIShim({ sandbox: { env, args: [], preopens: {} } });
  const imports = shim.getImportObject();
  let sent = 0;
  const outgoing = imports['wasi:http/outgoing-handler'];
  const handle = (...args) => {
    sent += 1;
    return outgoing.handle(...args);
  };
  return {
    imports: { ...imports, 'wasi:http/outgoing-handler': { ...outgoing, handle } },
    sent: () => sent,
  };
}
