import {
  maxSkipped,
  type ImportCounts,
  type ImportedSystemDatabase,
  type Skipped,
} from '../../domain/system-import/import-report.ts';
import { defaultFile, importSystemDatabase } from '../../domain/system-import/import-system-database.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { ImportSkipReason, SystemDatabaseEntry } from '../enums.ts';
import { Project } from '../projects/project.ts';
import { rowById } from '../find-row.ts';
import { addResult, inputFields } from '../verb.ts';
import { idOrPath } from '../naming/references.ts';

const SystemDatabaseSource = builder.inputType('SystemDatabaseSource', {
  description: 'Where a Meltano system database is. Give exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    sqliteFile: t.string({
      description: `Path of the SQLite file, relative to the project's directory. The file must be inside that directory, after links are resolved, and on the machine of the gateway. Meltano's default is \`${defaultFile}\`.`,
    }),
    postgres: t.string({
      description: [
        "Name of a PostgreSQL database: one of the environment variables in the gateway's setting `--system-databases`. The variable contains the address. Callers cannot give an address themselves.",
        'When several projects share the database, the import also takes their states and runs, if their environments have the same names. Meltano does not record which project they belong to.',
      ].join('\n\n'),
    }),
  }),
});

const ImportCountsType = builder.objectRef<ImportCounts>('ImportCounts').implement({
  description: 'How many states, or runs, an import found.',
  fields: (t) => ({
    imported: t.exposeInt('imported', { description: 'How many were written.' }),
    unchanged: t.exposeInt('unchanged', {
      description: 'How many were already there with the same content.',
    }),
    skipped: t.exposeInt('skipped', { description: 'How many were left out. `skipped` says why.' }),
  }),
});

const ImportSkip = builder.objectRef<Skipped>('ImportSkip').implement({
  description: 'States or runs that were not imported for one reason.',
  fields: (t) => ({
    entry: t.expose('kind', {
      type: SystemDatabaseEntry,
      description: 'Whether these are states or runs.',
    }),
    stateId: t.exposeString('stateId', {
      nullable: true,
      description: 'Their state id. Null when they have several, or none.',
    }),
    reason: t.expose('reason', { type: ImportSkipReason, description: 'Why they were left out.' }),
    count: t.exposeInt('count', { description: 'How many there are.' }),
  }),
});

const ImportSystemDatabaseSuccess = builder
  .objectRef<ImportedSystemDatabase>('ImportSystemDatabaseSuccess')
  .implement({
    description: 'What `importSystemDatabase` answers when it succeeds.',
    fields: (t) => ({
      project: t.field({
        type: Project,
        description: 'The project with its states and runs.',
        resolve: ({ projectId }, _args, context, info) => rowById(context, info, 'Project', projectId),
      }),
      states: t.field({
        type: ImportCountsType,
        description: 'The states.',
        resolve: ({ states }) => states,
      }),
      runs: t.field({ type: ImportCountsType, description: 'The runs.', resolve: ({ runs }) => runs }),
      skipped: t.field({
        type: [ImportSkip],
        description: `What was left out, by state id and reason, at most ${maxSkipped} entries.`,
        resolve: ({ skipped }) => skipped,
      }),
      isComplete: t.exposeBoolean('isComplete', {
        description: 'Whether everything that can be imported has been imported. When false, call again.',
      }),
      isTruncated: t.exposeBoolean('isTruncated', {
        description: `Whether \`skipped\` leaves something out because it would have more than ${maxSkipped} entries.`,
      }),
    }),
  });

addResult({
  name: 'importSystemDatabase',
  description: [
    'Imports the states and past runs of a Meltano system database. They go into the environments that their state ids name, and into `environment` if the ids name none. Imported runs have `importedAt`. The database is only read.',
    'One call writes at most 2,000 states and the newest 20,000 runs that are not there yet, and no more than it can write in about ten seconds. Repeat the call until `isComplete` is true. An import reads at most 10,000 states with 50,000,000 characters of documents, and the newest 100,000 rows of runs.',
    'A state that is already there stays as it is, unless `overwrite` is true. A run is imported only once, so another import adds the new ones.',
    'Meltano records only extract-load pairs. So an imported run has these as its blocks, and it has no commands, log or metrics. An imported run belongs to a job if no other job of the environment has the same pairs, or if its name is the suffix of the state id. The plugins of a run of `meltano elt` with an id of its own, such as `legacy-elt`, are not known: its block has the id as its command, and the run belongs to the job with that name. When Meltano is still running while you import, the finished part of its run may be imported as the whole run.',
    'Refused as `Busy` while a run uses a state id that the import would write, unless `force` is true; see `importState`.',
  ].join('\n\n'),
  input: inputFields((t) => ({
    project: t.id({ required: true, description: idOrPath('Project') }),
    source: t.field({
      type: SystemDatabaseSource,
      description: `Where the database is. When absent, \`${defaultFile}\` in the project's directory.`,
    }),
    environment: t.id({
      description: `${idOrPath('Environment', 'an environment of the project, for states and runs whose ids name none, such as `legacy-elt` and `2023-04-20T101112--tap--target`')} They are left out when absent. An id of the form \`<name>:<extractor>-to-<loader>\` names one, whether the project has it or not.`,
    }),
    overwrite: t.boolean({
      description:
        'Replace the documents of states that are already there, cleared ones included. The former documents stay in the versions. False when absent.',
    }),
    force: t.boolean({
      description:
        'Make the change although a run uses the state id. The run continues, and the new version has `isForced` true. False when absent.',
    }),
  })),
  type: ImportSystemDatabaseSuccess,
  refusals: [NotFound, InvalidInput, Busy, Conflict],
  resolve: importSystemDatabase,
  hasOwnRules: true,
});
