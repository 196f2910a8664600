import { InputCheck } from '../../errors.ts';
import { newId } from '../../lib/uuid.ts';
import { isDuplicate } from '../../store/database/duplicate.ts';
import type { Gateway } from '../gateway.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockProject, findProject } from '../naming/references.ts';
import {
  checkFields,
  checkSigned,
  placeOf,
  webhookExists,
  webhookLimits,
  type WebhookFields,
} from './webhook-fields.ts';

export interface CreateWebhookInput extends WebhookFields {
  /** Id or path of the project. */
  project: string;
  name: string;
  url: string;
  events: NonNullable<WebhookFields['events']>;
}

/** Adds a webhook to a project. @returns its id @throws NotFound, InvalidInput, AlreadyExists */
export async function createWebhook(gateway: Gateway, input: CreateWebhookInput): Promise<string> {
  const at = ['input', 'project'];
  const { db, transaction, vault } = gateway;
  const { name, url, secret = null, format } = input;
  const { name: projectName } = await findProject(db, input.project, at);
  try {
    return await transaction(async (tx) => {
      const project = await findAndLockProject(tx, input.project, at, 'EXCLUSIVE');
      const check = new InputCheck();
      checkName(check, 'name', name);
      const fields = await checkFields(gateway, tx, check, project.id, input);
      checkSigned(check, format ?? 'STANDARD', secret !== null);
      const { perProject } = webhookLimits;
      if ((await tx.webhooks.count(project.id)) >= perProject)
        check.add('project', 'TOO_MANY', `A project has at most ${perProject} webhooks.`);
      check.done();
      const id = newId();
      await tx.webhooks.create({
        ...fields,
        ...{ id, projectId: project.id, name },
        ...(fields.isEnabled === false ? await tx.webhooks.disabledNow('REQUESTED') : {}),
        origin: new URL(url).origin,
        lockedUrl: vault.lock(url, placeOf(id, 'url')),
        lockedSecret: secret === null ? null : vault.lock(secret, placeOf(id, 'secret')),
      });
      return id;
    });
  } catch (error) {
    if (isDuplicate(error)) throw webhookExists(name, projectName);
    throw error;
  }
}
