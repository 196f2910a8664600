/** There is no backup, or it was not brought back. The message says why in one line. */
export class BackupFailed extends Error {
  override name = 'BackupFailed';
}
