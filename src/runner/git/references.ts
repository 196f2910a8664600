/** How the names of variables begin that may be credentials: no caller can have another one sent to a host. */
export const credentialPrefix = 'GIT_CREDENTIAL_';

/** A reference to a secret: `env:GIT_CREDENTIAL_NAME`, or `file:NAME` for a file in the folder of credentials. */
export function isCredentialReference(text: string): boolean {
  return /^env:GIT_CREDENTIAL_[A-Z0-9_]{1,100}$|^file:[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/.test(text);
}
