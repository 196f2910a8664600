import { createHmac } from 'node:crypto';

/** How secrets begin that requests are signed by (Standard Webhooks). */
const prefix = 'whsec_';

/** How many bytes a secret has. */
export const secretBytes = { least: 24, most: 64 };

/** Whether a text is a secret to sign by: base64 of so many bytes. */
export function isSigningSecret(text: string): boolean {
  const { least, most } = secretBytes;
  const bytes = keyOf(text);
  const [encoded = ''] = bytes.toString('base64').split('=');
  const written = [bytes.toString('base64'), encoded].map((one) => prefix + one);
  return bytes.length >= least && bytes.length <= most && written.includes(text);
}

/**
 * The headers of a request by which its receiver knows who sent it, and that nobody has changed it.
 * Source: https://github.com/standard-webhooks/standard-webhooks
 *
 * @param secrets each gives a signature
 */
export function signatureHeaders(
  { id, seconds, body }: { id: string; seconds: number; body: string },
  secrets: readonly string[],
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const digest = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
