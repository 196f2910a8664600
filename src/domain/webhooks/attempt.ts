import { ForbiddenAddress } from '../../lib/outbound/addresses.ts';
import { post, type PostAnswer } from '../../lib/outbound/post.ts';
import { toPostgresText } from '../../lib/postgres-text.ts';
import { sharedNow } from '../../lib/shared-clock.ts';
import { keyFile } from '../../lib/vault/vault.ts';
import type { Attempt, DeliveryToSend, WebhookToSend } from '../../store/webhooks/deliveries.ts';
import type { Gateway } from '../gateway.ts';
import { encodeGlobalId } from '../naming/global-id.ts';
import { maskOf } from '../secrets/mask.ts';
import { readRetryAfter, restAfter, waitAfter } from './backoff.ts';
import { requestBody } from './request-body.ts';
import { signatureHeaders } from './sign.ts';
import { placeOf } from './webhook-fields.ts';

/** Time that a receiver has to answer, in milliseconds. */
const timeoutMs = 10_000;

/** How much of an answer is read, in bytes, and how much of it is kept, in characters. */
const answerLimits = { read: 8000, kept: 1000 };

/** Statuses of HTTP by which a receiver says that it is not there, or wants to be left alone. */
const unavailable = [429, 502, 503, 504];

/** What came of a request, and whether its receiver wants no more. */
export interface Outcome extends Attempt {
  isGone: boolean;
}

/** What can be sent to a receiver: where it is, and what signs. */
export interface Receiver {
  url: URL;
  secrets: string[];
}

/** Opens what of a webhook is encrypted. @returns null when it was encrypted with another key */
export function openReceiver({ vault }: Gateway, webhook: WebhookToSend): Receiver | null {
  const url = vault.unlock(webhook.lockedUrl, placeOf(webhook.id, 'url'));
  const locked = [webhook.lockedSecret, webhook.formerSecret].filter((text) => text !== null);
  const secrets = locked.map((text) => vault.unlock(text, placeOf(webhook.id, 'secret')));
  if (url === null || secrets.includes(null)) return null;
  return { url: new URL(url), secrets: secrets as string[] };
}

/** Makes a request for a delivery. It throws nothing: whatever fails is an outcome. */
export async function attempt(
  gateway: Gateway,
  webhook: WebhookToSend,
  receiver: Receiver | null,
  delivery: DeliveryToSend,
): Promise<Outcome> {
  const begun = performance.now();
  const isTest = delivery.event === 'TEST';
  const made = await request(gateway, webhook, receiver, delivery).catch((error: unknown) => ({ error }));
  const durationMs = Math.round(performance.now() - begun);
  const answer = 'error' in made ? null : made;
  const isDelivered = answer !== null && answer.status >= 200 && answer.status < 300;
  const hide = await maskOf(receiver === null ? [] : secretsOf(receiver));
  const askedMs = readRetryAfter(answer?.retryAfter ?? null, sharedNow());
  const isSilent = answer === null || unavailable.includes(answer.status);
  return {
    isDelivered,
    statusCode: answer?.status ?? null,
    durationMs,
    response: answer && toPostgresText(hide(answer.text, true)).slice(0, answerLimits.kept),
    error: isDelivered ? null : toPostgresText(hide(problem(answer, 'error' in made ? made.error : null))),
    againMs: isDelivered || isTest ? null : waitAfter(delivery.attempts + 1, askedMs, Math.random()),
    restMs: isSilent && !isTest ? restAfter(webhook.failureCount + 1, askedMs) : null,
    isGone: answer?.status === 410,
  };
}

async function request(
  { about, webhookAddresses }: Gateway,
  { format }: WebhookToSend,
  receiver: Receiver | null,
  { id, payload }: DeliveryToSend,
): Promise<PostAnswer> {
  if (receiver === null) {
    throw new Error(
      `its address and its secret are encrypted with a key that this gateway does not have: give each gateway the same ${keyFile}, or set them again`,
    );
  }
  const body = requestBody(format, payload);
  const sent = {
    id: encodeGlobalId({ type: 'WebhookDelivery', id }),
    seconds: Math.floor(sharedNow() / 1000),
    body,
  };
  return post(receiver.url, {
    headers: {
      'content-type': 'application/json',
      'user-agent': `meltano-graphql/${about.version}`,
      ...signatureHeaders(sent, receiver.secrets),
    },
    body,
    allowed: webhookAddresses,
    timeoutMs,
    maxBytes: answerLimits.read,
  });
}

function problem(answer: PostAnswer | null, error: unknown): string {
  if (answer === null) {
    const known = error instanceof ForbiddenAddress ? error.message : messageOf(error);
    return `The request failed: ${known}.`;
  }
  const { status } = answer;
  if (status >= 300 && status < 400)
    return `The receiver answered with the status ${status}. Redirects are not followed.`;
  return `The receiver answered with the status ${status}.`;
}

function messageOf(error: unknown): string {
  // Where a name has several addresses, each has an error of its own.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message.replace(/\.$/, '') : String(first);
}

/** What of an address and what signs must not be shown, should a receiver repeat it. */
function secretsOf({ url, secrets }: Receiver): string[] {
  const parts = [url.pathname + url.search, ...url.pathname.split('/'), ...url.searchParams.values()];
  return [...secrets, ...parts.filter((part) => part.length >= 8)];
}
