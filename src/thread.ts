// The entry point of the threads that do large work, see `lib/event-loop/threads.ts`. It imports all modules that have
// such work.
import { serveAsThread } from './lib/event-loop/threads.ts';
import './domain/environments/environment-fields.ts';
import './domain/mirror/edit-manifest.ts';
import './domain/mirror/mirror-writes.ts';
import './domain/mirror/read-manifests.ts';
import './domain/moves/rename-environment.ts';
import './domain/moves/rename-plugin.ts';
import './domain/plugins/create-plugin.ts';
import './domain/plugins/update-plugin.ts';
import './domain/projects/manifest-to-apply.ts';
import './domain/projects/manifest-view.ts';
import './domain/projects/missing-values.ts';
import './domain/projects/source/plugins-digest.ts';
import './domain/projects/update-project.ts';
import './domain/secrets/run-secrets.ts';
import './domain/secrets/schedule-variables.ts';
import './domain/states/documents/edit-document.ts';
import './domain/states/import-state.ts';
import './domain/states/documents/read-document.ts';
import './domain/states/documents/read-operations.ts';
import './domain/states/documents/state-diff.ts';
import './domain/states/documents/state-documents.ts';
import './domain/system-import/system-states.ts';

serveAsThread();
