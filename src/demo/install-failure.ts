const network = [
  /Failed to establish a new connection/i,
  /Temporary failure in name resolution|Name or service not known|nodename nor servname/i,
  /Connection (refused|reset|timed out|aborted|broken)/i,
  /Network is unreachable|No route to host/i,
  /(Read|Connect) ?timed? ?out|ReadTimeoutError|ConnectTimeoutError/i,
  /Cannot connect to proxy|ProxyError|Tunnel connection failed/i,
  /certificate verify failed|SSLError/i,
  // This is all that pip says about an unreachable index when it does not retry. It says the same when an
  // index does not have the package.
  /\(from versions: none\)/,
];

/**
 * Explains in one line why an installation by pip failed: the package index does not answer, it has no
 * fitting package, or the last error that pip printed.
 *
 * @param what what was to be installed, as the subject of the sentence
 * @param output what the installer printed, log lines included
 * @param log the file with the whole output
 */
export function explainInstallFailure(what: string, output: string, log: string): string {
  if (network.some((pattern) => pattern.test(output))) {
    return (
      `${what} could not be downloaded, the package index does not answer or lacks it: check the network and the proxy, ` +
      `or name a mirror in PIP_INDEX_URL, and start again. The whole output is in ${log}.`
    );
  }
  const error = lastError(output);
  return `${what} could not be installed${error ? `: ${error}` : ''}. The whole output is in ${log}.`;
}

function lastError(output: string): string | undefined {
  const line = output
    .split('\n')
    .map((text) => text.trim())
    .findLast((text) => /^(ERROR|error)\b/.test(text) || /No space left|Permission denied/.test(text));
  return line?.replace(/^error:\s*/i, '').replace(/\.$/, '');
}
