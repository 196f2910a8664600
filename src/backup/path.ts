/** Where a gateway gives a backup of what it keeps. */
export const backupPath = '/backup';
