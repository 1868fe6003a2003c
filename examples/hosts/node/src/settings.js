// What the environment says of a tenant: where its provider is, and its secrets.

/** A wrong option or variable: exit code 2. The text says what to do and holds no secret. */
export class UsageError extends Error {}

/** Finds the base URL and, by credential, the header that carries its secret. */
export function fromEnvironment(descriptor, environment, { trustBaseUrl, ...limits }) {
  const variable = (name) => `${descriptor.name}_${name}`.toUpperCase().replaceAll('-', '_');
  const own = variable('base-url');
  const described = descriptor.baseUrls.map((place) => place.url);
  const baseUrl = checkedBaseUrl(environment[own]?.trim() || described[0], own);
  const origin = new URL(baseUrl).origin;
  const trusted = described.some((url) => new URL(url).origin === origin);
  if (!trusted && !trustBaseUrl && !isLoopback(new URL(baseUrl))) {
    throw new UsageError(`${own} is none of ${described.join(', ')}: add --trust-base-url if its operator may have the key`);
  }
  const credentials = new Map();
  for (const credential of descriptor.credentials) {
    const scheme = credential.schemes.find((one) => environment[variable(one.name)]?.trim());
    if (scheme) {
      const secret = environment[variable(scheme.name)].trim();
      if (/^(["'`]).*\1$/.test(secret)) {
        throw new UsageError(`${variable(scheme.name)} is in quotes: leave them out`);
      }
      if (!/^[!-~]+$/.test(secret)) {
        throw new UsageError(`${variable(scheme.name)} holds a space, a line break or another character that no key has: copy it again`);
      }
      credentials.set(credential.name, { name: scheme.header.toLowerCase(), value: scheme.prefix + secret });
    } else if (credential.required) {
      const names = credential.schemes.map((one) => variable(one.name));
      throw new UsageError(`no key: set ${names.join(' or ')}`);
    }
  }
  return { baseUrl, credentials, ...limits };
}

function checkedBaseUrl(text, from) {
  const url = URL.canParse(text ?? '') ? new URL(text) : null;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (!safe || url.username || url.password || url.search || url.hash) {
    throw new UsageError(`${from} has to be https, or http to this machine, without user name, query or fragment`);
  }
  return url.href.replace(/\/+$/, '');
}

function isLoopback({ hostname }) {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
