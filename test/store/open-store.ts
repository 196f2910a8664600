// Opens the store on a server as a gateway does, says which migrations it applied, and closes it.
import { openDatabase } from '../../src/store/database/database.ts';
import { openStore } from '../../src/store/index.ts';

const location = { kind: 'SERVER', url: process.argv[2] ?? '' } as const;
const database = await openDatabase(location);
const applied = await database.migrate();
await database.close();
const store = await openStore({
  location,
  onError: (error) => {
    console.error(error);
    process.exitCode = 1;
  },
});
await store.close();
console.log(JSON.stringify(applied));
