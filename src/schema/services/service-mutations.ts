import { restartService } from '../../domain/services/restart-service.ts';
import { startService } from '../../domain/services/start-service.ts';
import { stopService } from '../../domain/services/stop-service.ts';
import { createService } from '../../domain/services/create-service.ts';
import { deleteService } from '../../domain/services/delete-service.ts';
import { serviceLimits } from '../../domain/services/service-fields.ts';
import { updateService } from '../../domain/services/update-service.ts';
import { mutationTarget, type MutationTarget } from '../../domain/rules/mutation-target.ts';
import { AlreadyExists, Busy, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { RestartPolicy } from '../enums.ts';
import { EnvironmentVariableInput, nameLimit } from '../fields.ts';
import { shown } from '../maxima/maxima.ts';
import { Service } from './service.ts';
import { addUpdate, addVerb, inputFields, type InputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const success = { field: 'service', node: Service, table: 'Service' } as const;

const commandDescription =
  "What to run, as `meltano invoke` takes it: a plugin, or `<plugin>:<command>` such as `airflow:webserver`. It is checked against the project's plugins. An extractor, a loader or a mapper cannot be a service.";

const { argLength } = serviceLimits;
const [restarts, seconds] = [shown(serviceLimits.restarts), shown(serviceLimits.seconds)];

const optionalFields = (t: InputFields) => ({
  args: t.stringList({
    maxLength: argLength,
    checkedBy: 'VERB',
    description:
      'Arguments after the command. The plugin gets each one unchanged. They are stored and shown as plain text, so give secrets in `env`.',
  }),
  env: t.field({
    type: [EnvironmentVariableInput],
    description: 'Environment variables for its runs. They replace all former ones.',
  }),
  restartPolicy: t.field({
    type: RestartPolicy,
    description: 'After which ends the service starts again. ON_FAILURE for a new service.',
  }),
  maxRestarts: t.int({
    description: `Highest number of restarts in a row, 0 to ${restarts}. After these, the next end makes the service FAILED. Null for no limit, as for a new service.`,
  }),
  backoffInitialSeconds: t.int({
    description: `Seconds between an end and the first restart, 1 to ${seconds}. Each further restart in a row waits twice as long. 1 for a new service.`,
  }),
  backoffMaxSeconds: t.int({
    description: `Longest time between an end and a restart, in seconds, 1 to ${seconds}. 300 for a new service.`,
  }),
  stableAfterSeconds: t.int({
    description: `A run of at least this many seconds sets the count of restarts back to 0. 1 to ${seconds}. 60 for a new service.`,
  }),
});

const service = (t: InputFields) => ({
  service: t.id({
    required: true,
    description: idOrPath('Service'),
  }),
});

const subject = (db: Statements, input: { service: string }): Promise<MutationTarget> =>
  mutationTarget(db, 'Service', input.service, ['input', 'service']);

addVerb({
  name: 'createService',
  description:
    'Adds a service to an environment: a long-running command of a plugin, such as a web server, that workers keep running. It is stopped until `startService`, unless `start` is true. Services are not part of `meltano.yml`: it is not written, and imports do not change them.',
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: idOrPath('Environment'),
    }),
    name: t.string({
      required: true,
      ...nameLimit,
      description:
        'Name, unique in the environment: not empty, without `/`, `:` and blanks; the first character is not `-`.',
    }),
    command: t.string({ required: true, description: commandDescription }),
    ...optionalFields(t),
    start: t.boolean({ description: 'Start it at once. False when absent.' }),
  })),
  success: { ...success, description: 'The new service.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createService,
});

addUpdate({
  name: 'updateService',
  description:
    'Changes the given fields of a service. A new command, new arguments and new variables apply from its next start. A run that is active continues unchanged; `restartService` applies them now. New rules for restarts apply from its next end.',
  input: inputFields((t) => ({
    ...service(t),
    command: t.string({ description: commandDescription }),
    ...optionalFields(t),
  })),
  success: { ...success, description: 'The service as it is now.' },
  refusals: [NotFound, InvalidInput],
  target: subject,
  verb: updateService,
});

addVerb({
  name: 'deleteService',
  description:
    'Deletes a service. Lists and paths no longer show it. Its runs stay and still lead to it until its `purgesAt`. Until then, `undelete` brings it back, stopped. Refused as `Busy` while it runs, unless `force` is true.',
  input: inputFields((t) => ({
    ...service(t),
    force: t.boolean({ description: 'If it runs, stop it and delete it at once. False when absent.' }),
  })),
  success: { ...success, description: 'The deleted service, with its `deletedAt`.' },
  refusals: [NotFound, InvalidInput, Busy],
  target: subject,
  verb: deleteService,
});

addVerb({
  name: 'startService',
  description: [
    'Starts a service. A worker starts it soon, so the answer usually has the status STARTING. `serviceUpdated` tells the rest. The count of restarts is set to 0.',
    'A service that is BACKING_OFF or FAILED starts now. One that is STOPPING starts as soon as it has ended. One that runs continues.',
  ].join('\n\n'),
  input: inputFields(service),
  success: { ...success, description: 'The service, with the desired status RUNNING.' },
  refusals: [NotFound, InvalidInput],
  target: subject,
  verb: startService,
});

addVerb({
  name: 'stopService',
  description:
    'Stops a service until it is started again. Its status is STOPPING while its processes are asked to end; they are killed if they have not ended after the grace time. The run ends as CANCELLED. Stopping a stopped service changes nothing.',
  input: inputFields(service),
  success: { ...success, description: 'The service, STOPPED or STOPPING.' },
  refusals: [NotFound, InvalidInput],
  target: subject,
  verb: stopService,
});

addVerb({
  name: 'restartService',
  description:
    'Stops a service as `stopService` does, and starts it as soon as it has ended. A service that does not run is started. The count of restarts is set to 0. The changes of `updateService` apply to the new start.',
  input: inputFields(service),
  success: { ...success, description: 'The service, STOPPING or STARTING.' },
  refusals: [NotFound, InvalidInput],
  target: subject,
  verb: restartService,
});
