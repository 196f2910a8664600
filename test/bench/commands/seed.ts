import { join } from 'node:path';
import { count, defineCommand, main, serverInPlace } from '../command.ts';
import { serverFor } from '../database/databases.ts';
import { writeProjects } from '../seed/projects.ts';
import { seededDatabase } from '../seed/seeded-database.ts';
import { onStage } from '../stage.ts';

export const command = defineCommand({
  summary: 'measures nothing: makes a seeded database, says where, and keeps it until Ctrl-C',
  flags: {
    runs: count(1_000_000, 'runs of the job that has most of them'),
    'database-url': serverInPlace,
    main,
  },
  run: async (options, say) => {
    await onStage(options.main, say, async (stage) => {
      const projects = await writeProjects(join(stage.directory, 'projects'));
      const serverUrl = await serverFor(stage, options['database-url']);
      const url = await seededDatabase(stage, serverUrl, projects, options.runs);
      const flags = projects.map((directory) => `--project ${directory}`).join(' ');
      say(`Seeded until Ctrl-C. A gateway on it: DATABASE_URL=${url} npm start -- ${flags}`);
      await new Promise(() => setInterval(() => undefined, 60_000));
    });
  },
});
