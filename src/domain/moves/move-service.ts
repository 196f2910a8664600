import { Busy, Conflict } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import type { GlobalId } from '../naming/global-id.ts';
import { checkName } from '../naming/names.ts';
import { findAndLockEnvironment, findAndLockService } from '../naming/references.ts';
import { serviceExists } from '../services/service-fields.ts';
import { type Target, checkTarget, remember } from './move-target.ts';

export async function moveService(tx: Statements, reference: string, to: Target): Promise<GlobalId> {
  const check = checkTarget(to, ['environment', 'name'], 'service');
  if (to.name != null) checkName(check, 'to.name', to.name);
  check.done();
  const target =
    to.environment == null
      ? null
      : await findAndLockEnvironment(tx, to.environment, ['input', 'to', 'environment'], 'SHARED');
  const path = ['input', 'resource', 'service'];
  const service = await findAndLockService(tx, reference, path);
  const environment = target ?? service.environment;
  if (environment.projectId !== service.environment.projectId) {
    throw new Conflict('A service cannot leave its project: its command names a plugin of the project.', [
      'input',
      'to',
      'environment',
    ]);
  }
  if (environment.id !== service.environmentId && service.currentRunId !== null) {
    const message = 'The service runs in its environment; stop it, and move it when it has ended.';
    throw new Busy(message, service.currentRunId, path);
  }
  const name = to.name ?? service.name;
  const present = await tx.services.byName(environment.id, name);
  if (present && present.id !== service.id) throw serviceExists(name, environment.name, ['input', 'to']);
  if (!present) {
    const { id, environmentId: parentId } = service;
    await remember(tx, [{ type: 'Service', parentId, name: service.name, id }]);
  }
  await tx.services.update(service.id, { environmentId: environment.id, name });
  return { type: 'Service', id: service.id };
}
