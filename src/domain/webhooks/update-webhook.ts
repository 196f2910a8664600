import { InputCheck } from '../../errors.ts';
import type { Vault } from '../../lib/vault/vault.ts';
import type { Prisma, Webhook } from '../../store/index.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { Gateway } from '../gateway.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockWebhook, findWebhook } from '../naming/references.ts';
import type { Updated } from '../updated.ts';
import { checkFields, checkSigned, placeOf, webhookExists, type WebhookFields } from './webhook-fields.ts';

export interface UpdateWebhookInput extends WebhookFields {
  /** Id or path of the webhook. */
  webhook: string;
  name?: string | null | undefined;
  /** For how long requests are also signed by the secret that it has had. */
  keepSecretSeconds?: number | null | undefined;
}

/** How long a former secret may be kept, in seconds. */
export const secretLimits = { most: 7 * 24 * 3600, byDefault: 24 * 3600 };

/** Changes the given fields of a webhook. @throws NotFound, InvalidInput, AlreadyExists */
export async function updateWebhook(gateway: Gateway, input: UpdateWebhookInput): Promise<Updated> {
  const at = ['input', 'webhook'];
  const { db, transaction } = gateway;
  const { project } = await findWebhook(db, input.webhook, at);
  try {
    return await transaction(async (tx) => {
      const webhook = await findAndLockWebhook(tx, input.webhook, at);
      const check = new InputCheck();
      const { name, keepSecretSeconds } = input;
      if (name != null) checkName(check, 'name', name);
      const { most, byDefault } = secretLimits;
      if (keepSecretSeconds != null && (keepSecretSeconds < 0 || keepSecretSeconds > most))
        check.add('keepSecretSeconds', 'OUT_OF_RANGE', `A former secret is kept for 0 to ${most} seconds.`);
      const { isEnabled, ...fields } = await checkFields(gateway, tx, check, webhook.projectId, input);
      const isSigned = input.secret === undefined ? webhook.lockedSecret !== null : input.secret !== null;
      checkSigned(check, fields.format ?? webhook.format, isSigned);
      check.done();
      const data: Prisma.WebhookUncheckedUpdateInput = {
        ...fields,
        ...(name == null ? {} : { name }),
        ...newUrl(gateway.vault, webhook, input.url),
        ...(await newSecret(gateway.vault, webhook, input.secret, () =>
          tx.webhooks.timeIn((keepSecretSeconds ?? byDefault) * 1000),
        )),
        ...(isEnabled === undefined || isEnabled === webhook.isEnabled
          ? {}
          : isEnabled
            ? enabled
            : await tx.webhooks.disabledNow('REQUESTED')),
      };
      const { revision } =
        Object.keys(data).length === 0 ? webhook : await tx.webhooks.update(webhook.id, data);
      return { id: webhook.id, isChanged: revision !== webhook.revision };
    });
  } catch (error) {
    if (isDuplicate(error)) throw webhookExists(input.name ?? '', project.name);
    throw error;
  }
}

/** What an enabled webhook is: nothing has failed yet. */
const enabled = {
  ...{ isEnabled: true, disableReason: null, disabledAt: null },
  ...{ failureCount: 0, failingSince: null, resumesAt: null },
} as const;

function newUrl(vault: Vault, { id, lockedUrl }: Webhook, url: string | null | undefined) {
  const place = placeOf(id, 'url');
  if (url == null || vault.unlock(lockedUrl, place) === url) return {};
  return { lockedUrl: vault.lock(url, place), origin: new URL(url).origin, resumesAt: null };
}

/** The former secret stays for some time, so that receivers can change theirs meanwhile. */
async function newSecret(
  vault: Vault,
  { id, lockedSecret }: Webhook,
  secret: string | null | undefined,
  until: () => Promise<Date>,
) {
  if (secret === undefined) return {};
  if (secret === null) return { lockedSecret: null, formerSecret: null, formerSecretEndsAt: null };
  const place = placeOf(id, 'secret');
  if (lockedSecret !== null && vault.unlock(lockedSecret, place) === secret) return {};
  return {
    lockedSecret: vault.lock(secret, place),
    formerSecret: lockedSecret,
    formerSecretEndsAt: lockedSecret === null ? null : await until(),
  };
}
