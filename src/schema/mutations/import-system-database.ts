import {
  maxSkipped,
  type ImportCounts,
  type ImportedSystemDatabase,
  type Skipped,
} from '../../domain/import-report.ts';
import { defaultFile, importSystemDatabase } from '../../domain/import-system-database.ts';
import { Busy, Conflict, InvalidInput, NotFound } from '../../errors.ts';
import { builder } from '../builder.ts';
import { ImportSkipReason, SystemDatabaseEntry } from '../enums.ts';
import { Project } from '../project.ts';
import { rowById } from '../rows.ts';
import { addResult, inputFields } from './verb.ts';

const SystemDatabaseSource = builder.inputType('SystemDatabaseSource', {
  description: 'Where a Meltano system database is: exactly one of the fields.',
  isOneOf: true,
  fields: (t) => ({
    sqliteFile: t.string({
      description: `Path of the SQLite file, relative to the project's directory and within it, links resolved; a project has it at \`${defaultFile}\`. The file has to be on the machine of the gateway.`,
    }),
    postgres: t.string({
      description:
        'Name of a PostgreSQL database that the setting `--system-databases` of the gateway lists: the variable that holds its address. Of a database that several projects share, what is in their environments of the same names comes with it, since Meltano does not keep which project it was. Addresses are not taken from callers, who could otherwise make the gateway connect to any machine that it reaches.',
    }),
  }),
});

const ImportCountsType = builder.objectRef<ImportCounts>('ImportCounts').implement({
  description: 'How many of something an import has met.',
  fields: (t) => ({
    imported: t.exposeInt('imported', { description: 'How many were written.' }),
    unchanged: t.exposeInt('unchanged', { description: 'How many were there already, just so.' }),
    skipped: t.exposeInt('skipped', { description: 'How many were left out; `skipped` says why.' }),
  }),
});

const ImportSkip = builder.objectRef<Skipped>('ImportSkip').implement({
  description: 'States or runs that were not imported, for one reason.',
  fields: (t) => ({
    entry: t.expose('kind', {
      type: SystemDatabaseEntry,
      description: 'Whether it is of states or of runs.',
    }),
    stateId: t.exposeString('stateId', {
      nullable: true,
      description: 'The state id that they have; null when they have several.',
    }),
    reason: t.expose('reason', { type: ImportSkipReason, description: 'Why they were left out.' }),
    count: t.exposeInt('count', { description: 'How many they are.' }),
  }),
});

const ImportSystemDatabaseSuccess = builder
  .objectRef<ImportedSystemDatabase>('ImportSystemDatabaseSuccess')
  .implement({
    description: '`importSystemDatabase` has been done.',
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
        description: `What was left out, by state id and reason; at most ${maxSkipped} entries.`,
        resolve: ({ skipped }) => skipped,
      }),
      isComplete: t.exposeBoolean('isComplete', {
        description: 'Whether nothing is left that could be imported; when false, call again.',
      }),
      isTruncated: t.exposeBoolean('isTruncated', {
        description: `Whether more was left out than the ${maxSkipped} entries of \`skipped\` say.`,
      }),
    }),
  });

addResult({
  name: 'importSystemDatabase',
  description:
    'Imports what a Meltano system database holds: the states, into the environments that their ids name, and the past runs, marked by `importedAt`. One call writes at most 2,000 states and the newest 20,000 runs of those that are not there yet, all of them or none; call it again until `isComplete`. The database is only read. A state that is there already is left alone unless `overwrite` is given. Runs come once: importing again adds those that are new. Meltano records extract-load pairs alone, so an imported run has those as its blocks, and no commands, log or metrics; what an invocation that is still under way has done so far may be taken for all of it; it belongs to a job when no other job of the environment has these pairs. At most 10,000 states with 50,000,000 characters of documents are read, and the newest 100,000 rows of runs. Refused while a run holds a state id that it would write, unless `force` is given, as with `importState`. A verb of its own since it reads another database and writes many objects in one step.',
  input: inputFields((t) => ({
    project: t.id({ required: true, description: 'Id or path (its name) of the project.' }),
    source: t.field({
      type: SystemDatabaseSource,
      description: `Where the database is; \`${defaultFile}\` in the project's directory when absent.`,
    }),
    overwrite: t.boolean({
      description:
        'Replace the documents of states that are there already, cleared ones too; what they held stays in their versions. False when absent.',
    }),
    force: t.boolean({
      description:
        "Go on although a run holds a state id. It remains the run's, and the version says `forced`.",
    }),
  })),
  type: ImportSystemDatabaseSuccess,
  refusals: [NotFound, InvalidInput, Busy, Conflict],
  resolve: importSystemDatabase,
  hasOwnRules: true,
});
