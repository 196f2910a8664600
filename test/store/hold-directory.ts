// Holds a data directory until it is killed, or gives it back when its input ends.
import { holdDataDirectory } from '../../src/store/database/embedded/data-directory.ts';

const release = await holdDataDirectory(process.argv[2] ?? '', process.pid);
console.log('held');
process.stdin.resume();
process.stdin.on('end', () => void release());
