import { resolve } from 'node:path';
import type { ProjectToServe } from './config.ts';
import { checkName } from '../domain/naming/names.ts';
import { explainLabel, isLabel, maxLabels } from '../domain/naming/labels.ts';
import { mostOf, retentionNames, retentionOf, type Retention } from '../domain/retention-limits.ts';
import { InputCheck } from '../errors.ts';
import { readAllowed, type AllowedAddresses } from '../lib/outbound/addresses.ts';
import { parseHostName, type HostName } from '../lib/serving/host-name.ts';

/** Reads `[NAME=]DIR`. The directory is empty when none is given. */
export function readProject(given: string): ProjectToServe {
  const [, name, directory] = /^([^/=]+)=(.*)$/s.exec(given) ?? [undefined, null, given];
  return { name: name ?? null, directory: directory ? resolve(directory) : '' };
}

/** What is wrong with the projects to serve, one line for each mistake. */
export function checkProjects(projects: readonly ProjectToServe[]): string[] {
  const problems: string[] = [];
  for (const [index, { name, directory }] of projects.entries()) {
    const earlier = projects.slice(0, index);
    if (directory === '') problems.push('--project needs a directory.');
    else if (earlier.some((other) => other.directory === directory))
      problems.push(`--project ${directory} is given twice.`);
    if (name === null) continue;
    if (earlier.some((other) => other.name === name)) problems.push(`Two projects cannot both be "${name}".`);
    try {
      const check = new InputCheck();
      checkName(check, 'project', name);
      check.done();
    } catch (error) {
      problems.push(`--project: ${(error as Error).message}`);
    }
  }
  return problems;
}

/** What is wrong with a worker's settings. */
export function checkWorker(databaseUrl: string, slots: number, cluster: number): string[] {
  return [
    ...(databaseUrl === ''
      ? ['A worker needs the PostgreSQL server of its gateways, in the variable DATABASE_URL.']
      : []),
    ...(slots === 0 ? ['A worker with --slots 0 would do nothing.'] : []),
    ...(cluster > 0 ? ['A worker serves no requests; leave out --cluster.'] : []),
  ];
}

/** Reads the labels of a worker, without duplicates. */
export function readLabels(given: readonly string[], problems: string[]): string[] {
  const labels = [...new Set(given)];
  for (const label of labels) if (!isLabel(label)) problems.push(`--label: ${explainLabel(label)}`);
  if (labels.length > maxLabels) problems.push(`A worker has at most ${maxLabels} labels.`);
  return labels;
}

/**
 * Reads the addresses of system databases from the environment. Like Meltano, it accepts addresses of
 * SQLAlchemy, which may name a driver, as in `postgresql+psycopg://`.
 */
export function readSystemDatabases(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): ReadonlyMap<string, string> {
  return new Map(
    names.map((name) => {
      const url = (env[name] ?? '').replace(/^(postgres(?:ql)?)\+\w+:/, '$1:');
      if (url === '') problems.push(`--system-databases names ${name}, which is not in the environment.`);
      else problems.push(...checkDatabaseUrl(url, name));
      return [name, url];
    }),
  );
}

/** Reads the protocols by which repositories may be reached. */
export function readProtocols(given: readonly string[], problems: string[]): string[] {
  for (const name of given)
    if (!['https', 'ssh', 'http', 'file'].includes(name))
      problems.push(`--git-protocols: ${JSON.stringify(name)} is none of https, ssh, http and file.`);
  return [...new Set(given)];
}

/** Reads where webhooks may lead to beside public addresses. */
export function readWebhookAddresses(given: readonly string[], problems: string[]): AllowedAddresses {
  const allowed = readAllowed(given);
  if (allowed === null)
    problems.push(
      '--webhook-addresses takes hosts, addresses and ranges such as 10.0.0.0/8, separated by commas.',
    );
  return allowed ?? { hosts: new Set(), ranges: [] };
}

/** Reads `NAME[:PORT]`, the names by which clients may call the server. */
export function readHosts(given: readonly string[], problems: string[]): HostName[] {
  return given.flatMap((text) => {
    const host = parseHostName(text);
    if (host === null)
      problems.push(`--allowed-host takes a name or an address, NAME[:PORT], and is "${text}".`);
    return host ?? [];
  });
}

/** Reads the origins of pages, each as a browser sends it in the `Origin` header. */
export function readOrigins(given: readonly string[], problems: string[]): string[] {
  return given.filter((text) => {
    // Pages of apps have schemes of their own, whose origin no URL tells.
    const isOfApp = /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[a-z\d._-]+$/.test(text);
    // A URL may have a `*` in its name, but no page has.
    if (isOfApp || (URL.canParse(text) && new URL(text).origin === text && !text.includes('*'))) return true;
    problems.push(
      `--cors-origin takes an origin as a browser sends it, such as https://console.example or http://localhost:5173, and is "${text}".`,
    );
    return false;
  });
}

/** Reads for how long what runs leave is kept, each as `NAME=NUMBER`. */
export function readRetention(given: readonly string[], problems: string[]): Retention {
  const values: Partial<Retention> = {};
  for (const text of given) {
    const [, name = '', digits = ''] = /^([a-zA-Z]+)=(\d{1,6})$/.exec(text) ?? [];
    const known = retentionNames.find((one) => one === name);
    const value = Number(digits);
    if (known === undefined)
      problems.push(`--retention takes ${retentionNames.join(', ')}, each with =NUMBER, and is "${text}".`);
    else if (value < 1 || value > mostOf(known))
      problems.push(
        `--retention ${known} must be a whole number from 1 to ${mostOf(known)}, and is "${digits}".`,
      );
    else values[known] = value;
  }
  return retentionOf(values);
}

/** Reads how the log is written; null when that is not said. */
export function readLogFormat(given: string, problems: string[]): 'PRETTY' | 'JSON' | null {
  if (given === '') return null;
  if (given !== 'pretty' && given !== 'json')
    problems.push(`--log-format must be pretty or json, and is "${given}".`);
  return given === 'pretty' ? 'PRETTY' : 'JSON';
}

/**
 * What is wrong with the address of a PostgreSQL server. The message does not repeat the address: it may
 * contain a password.
 */
export function checkDatabaseUrl(url: string, name = '--database-url'): string[] {
  if (!/^postgres(ql)?:\/\//.test(url)) return [`${name} must begin with postgresql://.`];
  try {
    const { username, password, pathname } = new URL(url);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return [];
  } catch {
    return [
      `${name} cannot be read: it has the form postgresql://user:password@host:port/database, with special signs such as @, /, : and % in the user and the password written as %40, %2F, %3A and %25.`,
    ];
  }
}

/** Reads `[HOST:]PORT`; null when nothing is given. */
export function readMetricsListen(given: string, problems: string[]): { host: string; port: number } | null {
  if (given === '') return null;
  const address = /^\d+$/.test(given) ? `127.0.0.1:${given}` : given;
  const { name, port } = parseHostName(address) ?? { name: '', port: null };
  if (name !== '' && port !== null) return { host: name, port };
  problems.push(
    `--metrics-listen must be a port, or a host and a port such as 0.0.0.0:9464, and is "${given}".`,
  );
  return null;
}
