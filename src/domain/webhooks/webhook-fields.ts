import { AlreadyExists, type InputCheck } from '../../errors.ts';
import { addressIn, checkAddresses, ForbiddenAddress } from '../../lib/outbound/addresses.ts';
import { quoted } from '../../lib/quoted.ts';
import type { Statements, WebhookEvent, WebhookFormat } from '../../store/index.ts';
import type { Gateway } from '../gateway.ts';
import { findEnvironment, findJob } from '../naming/references.ts';
import { isSigningSecret, secretBytes } from './sign.ts';

type Optional<T> = T | null | undefined;

export interface WebhookFields {
  url?: Optional<string>;
  /** Null removes it. */
  secret?: Optional<string>;
  format?: Optional<WebhookFormat>;
  events?: Optional<readonly WebhookEvent[]>;
  /** Ids or paths. */
  environments?: Optional<readonly string[]>;
  jobs?: Optional<readonly string[]>;
  isFinalOnly?: Optional<boolean>;
  isEnabled?: Optional<boolean>;
}

/** The most webhooks of a project, the longest address, and the most environments or jobs that a webhook names. */
export const webhookLimits = { perProject: 50, url: 2000, named: 20 };

/** What a value is encrypted for, so that a copy in another row cannot be read. */
export function placeOf(webhookId: string, what: 'url' | 'secret'): string {
  return `${webhookId} ${what}`;
}

/** The error for a name that another webhook of the project has. */
export function webhookExists(name: string, project: string): AlreadyExists {
  return new AlreadyExists(
    `The project ${quoted(project)} has a webhook ${quoted(name)} already; choose another name.`,
    ['input', 'name'],
  );
}

/** Notes what is wrong with the given fields. @returns the columns to write of those that need no encryption */
export async function checkFields(
  { webhookAddresses }: Pick<Gateway, 'webhookAddresses'>,
  tx: Statements,
  check: InputCheck,
  projectId: string,
  input: WebhookFields,
) {
  const { url, secret, format, events, environments, jobs, isFinalOnly, isEnabled } = input;
  const badUrl = url == null ? null : faultOfUrl(url, webhookAddresses);
  if (badUrl !== null) check.add('url', 'BAD_VALUE', badUrl);
  if (secret != null && !isSigningSecret(secret)) {
    const { least, most } = secretBytes;
    const message = `A secret is \`whsec_\` and base64 of ${least} to ${most} random bytes, as \`echo whsec_$(openssl rand -base64 32)\` makes one.`;
    check.add('secret', 'BAD_VALUE', message);
  }
  if (events?.length === 0) check.add('events', 'MISSING', 'Give at least one event.');
  if (events?.includes('TEST'))
    check.add('events', 'BAD_VALUE', 'TEST is what `testWebhook` sends, and nothing to wait for.');
  return {
    ...(format == null ? {} : { format }),
    ...(events == null ? {} : { events: [...new Set(events)] }),
    ...(environments === undefined
      ? {}
      : {
          environmentIds: await idsOf(check, projectId, 'environments', environments, (text, at) =>
            findEnvironment(tx, text, at),
          ),
        }),
    ...(jobs === undefined
      ? {}
      : {
          jobIds: await idsOf(check, projectId, 'jobs', jobs, async (text, at) => {
            const { id, environment } = await findJob(tx, text, at);
            return { id, projectId: environment.projectId };
          }),
        }),
    ...(isFinalOnly == null ? {} : { isFinalOnly }),
    ...(isEnabled == null ? {} : { isEnabled }),
  };
}

/** Notes that a webhook has no secret, if its format needs one. */
export function checkSigned(check: InputCheck, format: WebhookFormat, isSigned: boolean): void {
  if (format === 'STANDARD' && !isSigned)
    check.add(
      'secret',
      'MISSING',
      'Requests of the format STANDARD are signed: give a secret to sign them by.',
    );
}

/** The ids of objects of the project. @throws NotFound */
async function idsOf(
  check: InputCheck,
  projectId: string,
  field: 'environments' | 'jobs',
  texts: Optional<readonly string[]>,
  find: (text: string, at: readonly string[]) => Promise<{ id: string; projectId: string }>,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const [i, text] of (texts ?? []).entries()) {
    const found = await find(text, ['input', field, String(i)]);
    if (found.projectId !== projectId)
      check.add(`${field}.${i}`, 'OTHER_PROJECT', `${quoted(text)} belongs to another project.`);
    ids.add(found.id);
  }
  return [...ids];
}

/** Why nothing can be sent to an address; null when it can. Where a name leads is only known when something is sent. */
function faultOfUrl(text: string, allowed: Gateway['webhookAddresses']): string | null {
  const kind = `An address begins with https:// or http://, and has at most ${webhookLimits.url} characters without blanks, such as https://hooks.example/runs.`;
  if (text.length > webhookLimits.url || /[\s\p{Cc}\p{Cs}\\]/u.test(text) || !URL.canParse(text)) return kind;
  const url = new URL(text);
  if (!/^https?:\/\//i.test(text)) return kind;
  if (url.username !== '' || url.password !== '') return 'An address has no login in it.';
  const host = addressIn(url) ?? url.hostname;
  const isLocal = host === 'localhost' || host.endsWith('.localhost');
  try {
    checkAddresses(host, isLocal ? ['127.0.0.1'] : addressIn(url) === null ? [] : [host], allowed);
    return null;
  } catch (error) {
    if (error instanceof ForbiddenAddress) return `${error.message}.`;
    throw error;
  }
}
