import { restartService, startService, stopService } from '../../domain/service-control.ts';
import { createService, deleteService, serviceLimits, updateService } from '../../domain/service.ts';
import { subjectOf, type Subject } from '../../domain/subject.ts';
import { AlreadyExists, Busy, InvalidInput, NotFound } from '../../errors.ts';
import type { Statements } from '../../store/index.ts';
import { RestartPolicy } from '../enums.ts';
import { EnvironmentVariableInput } from '../fields.ts';
import { Service } from '../service.ts';
import { addVerb, inputFields, type InputFields } from './verb.ts';

const success = { field: 'service', node: Service, table: 'Service' } as const;

const commandDescription =
  "What runs: a plugin, or `<plugin>:<command>` such as `airflow:webserver`, as `meltano invoke` takes it. It is checked against the project's plugins; an extractor, a loader or a mapper cannot be a service.";

const { args, argLength, restarts, seconds } = serviceLimits;

const optionalFields = (t: InputFields) => ({
  args: t.stringList({
    description: `Arguments after the command, each given to the plugin as it is; at most ${args} of ${argLength} characters. They are stored and shown in clear: secrets belong in \`env\`.`,
  }),
  env: t.field({
    type: [EnvironmentVariableInput],
    description: 'Environment variables for its runs; at most 100. They replace those that were there.',
  }),
  restartPolicy: t.field({
    type: RestartPolicy,
    description: 'After which ends it is started again; ON_FAILURE for a new service.',
  }),
  maxRestarts: t.int({
    description: `How many restarts in a row are made before it is given up, 0 to ${restarts}; null for no limit, which a new service has.`,
  }),
  backoffInitialSeconds: t.int({
    description: `Seconds between an end and the first restart, 1 to ${seconds}; each further one waits twice as long as the one before. 1 for a new service.`,
  }),
  backoffMaxSeconds: t.int({
    description: `Longest time between an end and a restart, 1 to ${seconds} seconds; 300 for a new service.`,
  }),
  stableAfterSeconds: t.int({
    description: `After a run of so many seconds, 1 to ${seconds}, restarts are counted from 0 again; 60 for a new service.`,
  }),
});

const service = (t: InputFields) => ({
  service: t.id({
    required: true,
    description: 'Id or path (`project/environment/service`) of the service.',
  }),
});

const subject = (db: Statements, input: { service: string }): Promise<Subject> =>
  subjectOf(db, 'Service', input.service, ['input', 'service']);

addVerb({
  name: 'createService',
  description:
    'Adds a service to an environment: a long-lived command of a plugin that workers keep running, such as a web server. It is stopped until `startService`, unless `start`. `meltano.yml` knows no services: it is not written, and imports leave them alone.',
  input: inputFields((t) => ({
    environment: t.id({
      required: true,
      description: 'Id or path (`project/environment`) of the environment.',
    }),
    name: t.string({
      required: true,
      description:
        'Name, unique in the environment: 1 to 128 characters, without `/`, `:` and blanks, not beginning with `-`.',
    }),
    command: t.string({ required: true, description: commandDescription }),
    ...optionalFields(t),
    start: t.boolean({ description: 'Start it at once; false when absent.' }),
  })),
  success: { ...success, description: 'The new service.' },
  refusals: [NotFound, InvalidInput, AlreadyExists],
  verb: createService,
});

addVerb({
  name: 'updateService',
  description:
    'Changes those fields of a service that are given. A new command, arguments and variables hold from its next start on: a run that goes on is left alone, and `restartService` makes them hold now. The rules of restarting hold from its next end on.',
  input: inputFields((t) => ({
    ...service(t),
    command: t.string({ description: commandDescription }),
    ...optionalFields(t),
  })),
  success: { ...success, description: 'The service as it is now.' },
  refusals: [NotFound, InvalidInput],
  subject,
  verb: updateService,
});

addVerb({
  name: 'deleteService',
  description:
    'Deletes a service: it disappears from lists and names, while its runs stay and still lead to it until its `purgeTime`; `undelete` brings it back, stopped. Refused as `Busy` while it runs, unless `force`.',
  input: inputFields((t) => ({
    ...service(t),
    force: t.boolean({ description: 'Stop it when it runs, and delete it at once; false when absent.' }),
  })),
  success: { ...success, description: 'The deleted service, with its `deleteTime`.' },
  refusals: [NotFound, InvalidInput, Busy],
  subject,
  verb: deleteService,
});

addVerb({
  name: 'startService',
  description:
    'Asks for a service to run. A worker starts it soon: the answer is mostly STARTING, and `serviceUpdated` tells the rest. Its restarts are counted anew, so one that is BACKING_OFF or FAILED is started now; one that is STOPPING is started as soon as it has ended; one that runs goes on. A verb of its own since it starts a process.',
  input: inputFields(service),
  success: { ...success, description: 'The service, which is to run.' },
  refusals: [NotFound, InvalidInput],
  subject,
  verb: startService,
});

addVerb({
  name: 'stopService',
  description:
    'Asks for a service not to run, and to stay so. Its processes are asked to end, and killed when they have not after the grace time; meanwhile it is STOPPING. The run ends as CANCELLED. Stopping a stopped service changes nothing. A verb of its own since it signals a process.',
  input: inputFields(service),
  success: { ...success, description: 'The service, STOPPED or STOPPING.' },
  refusals: [NotFound, InvalidInput],
  subject,
  verb: stopService,
});

addVerb({
  name: 'restartService',
  description:
    'Stops a service as `stopService` does, and starts it as soon as it has ended; one that does not run is started. Its restarts are counted anew. What `updateService` has changed holds from then on. A verb of its own since the two steps are one wish, which holds when the caller is gone.',
  input: inputFields(service),
  success: { ...success, description: 'The service, STOPPING or STARTING.' },
  refusals: [NotFound, InvalidInput],
  subject,
  verb: restartService,
});
