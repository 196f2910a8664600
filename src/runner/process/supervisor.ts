import { open } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** The variable of a supervisor's environment that has the id of its run. The program does not inherit it. */
export const supervisorMark = 'MELTANO_GRAPHQL_SUPERVISOR=';

/** How long processes may take to end when the gateway has died, in milliseconds. Then they are killed. */
export const orphanGraceMs = 10_000;

/**
 * A program that starts another one and becomes the parent of all that this leaves behind (a child subreaper, see
 * prctl(2)): also of a process that has left the group, the session and the environment of its parent, by which
 * nothing else would find it. It ends all of them when it is told to, and when the gateway dies, since then nobody else
 * has the other end of its connection open. Node cannot call prctl; Meltano comes with Python, which can.
 *
 * The connection is the open file 3. It says `ready`, gets the order as a line of JSON, and says `started` with the
 * process id or `failed` with the error; later `exit` with the exit code or `signal` with the name. At `end` with a
 * number of milliseconds, it asks what is left to end, kills what has not ended by then, and exits: with 1 when it has
 * killed something.
 *
 * Signals that a service manager sends to everybody do not end it. SIGUSR1 is for it alone, and means that its gateway
 * has died.
 */
export const supervisor = `
import errno, json, os, select, signal, sys, time

LINK = 3
os.set_inheritable(LINK, False)
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
look, wake = os.pipe()
os.set_blocking(look, False)
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
signal.signal(signal.SIGCHLD, lambda *_: None)
orphaned = False

def on_orphaned(*_):
    global orphaned
    orphaned = True

signal.signal(signal.SIGUSR1, on_orphaned)
try:
    import ctypes
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, *[ctypes.c_ulong(n) for n in (1, 0, 0, 0)])
except (ImportError, OSError, AttributeError):
    pass  # Another parent gets what the program leaves behind.

def say(*words):
    try:
        os.write(LINK, (' '.join(map(str, words)) + '\\n').encode())
    except OSError:
        pass

heard = b''

def listen():
    """The next line from the gateway; None when there is none yet, and an empty one when the gateway has died."""
    global heard
    if b'\\n' not in heard:
        try:
            text = os.read(LINK, 65536)
        except OSError:
            text = b''  # It has died before it had read all that was said to it.
        if text == b'':
            return ''
        heard += text
    if b'\\n' not in heard:
        return None
    line, heard = heard.split(b'\\n', 1)
    return line.decode()

say('ready')
line = None
while line is None:
    line = listen()
if line == '':
    sys.exit()
order = json.loads(line)
text = lambda value: value.encode('utf-8', 'replace')
read, write = os.pipe()
program = os.fork()
if program == 0:
    try:
        os.setsid()
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        env = {text(name): text(value) for name, value in order['env'].items()}
        os.execvpe(text(order['file']), [text(arg) for arg in [order['file'], *order['args']]], env)
    except Exception as error:
        code = errno.errorcode.get(getattr(error, 'errno', None), 'UNKNOWN')
        os.write(write, (code + ' ' + str(error)).encode())
    os._exit(127)
os.close(write)
failure = os.read(read, 4096)
if failure:
    say('failed', failure.decode())
    sys.exit()
nothing = os.open(os.devnull, os.O_RDWR)
os.dup2(nothing, 1)
os.dup2(nothing, 2)
say('started', program)

def reap():
    """Collects the children that have ended. Returns whether others are left."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if ended == 0:
            return True
        if ended != program:
            continue
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            known = number in signal.valid_signals() and number < signal.SIGRTMIN
            say('signal', signal.Signals(number).name if known else 'SIG' + str(number))
        else:
            say('exit', os.WEXITSTATUS(status))

def wait(seconds, *also):
    ready = select.select([look, *also], [], [], seconds)[0]
    if look in ready:
        os.read(look, 4096)
    return LINK in ready

def send(number):
    """Sends a signal to all that descend from this process."""
    parents = {}
    for name in os.listdir('/proc'):
        try:
            with open('/proc/' + name + '/stat', 'rb') as file:
                # After the name of the program, which is in parentheses: state, parent.
                parents[int(name)] = int(file.read().rpartition(b')')[2].split()[1])
        except (OSError, ValueError):
            pass
    found = {os.getpid()}
    grows = True
    while grows:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grows = bool(more)
    for child in found - {os.getpid()}:
        try:
            os.kill(child, number)
        except OSError:
            pass

grace = float(sys.argv[2])
while not orphaned:
    is_said = wait(None, LINK)
    reap()
    line = listen() if is_said else None
    if line == '':
        break
    if line is not None:
        grace = float(line.split()[1])
        break

killed = 0
if reap():
    send(signal.SIGTERM)
    until = time.monotonic() + grace / 1000
    while reap():
        left = until - time.monotonic()
        if left > 0:
            wait(left)
        else:
            killed = 1
            send(signal.SIGKILL)
            # What a process has started just before is found the next time.
            wait(0.05)
os._exit(killed)
`;

/**
 * Programs that may be able to run the supervisor, the best one first: the Python of Meltano's script, then any. None
 * when there is nothing to start.
 */
export async function pythonsFor(executable: string, cwd: string, path: string): Promise<string[]> {
  const places = executable.includes('/')
    ? [resolve(cwd, executable)]
    : path.split(delimiter).map((folder) => join(folder, executable));
  for (const place of places) {
    const beginning = await beginningOf(place);
    if (beginning !== null) return [...new Set([...interpreterIn(beginning), 'python3'])];
  }
  return [];
}

/** Null when there is no such file. One that may be started need not be readable. */
async function beginningOf(file: string): Promise<string | null> {
  const handle = await open(file).catch((error: unknown) => (error as NodeJS.ErrnoException).code);
  if (typeof handle !== 'object') return handle === 'ENOENT' || handle === 'ENOTDIR' ? null : '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}

/** The Python that a script names, as installers of packages write it: a path that is long or has blanks comes by `sh`. */
function interpreterIn(script: string): string[] {
  const line = /^#! ?(\S+)/.exec(script)?.[1] ?? '';
  const byShell = /^#!\/bin\/sh\n'''exec' "?([^"\n]+?)"? "\$0"/.exec(script)?.[1] ?? '';
  return [byShell, line].filter((path) => /\/python[\d.]*$/.test(path));
}
