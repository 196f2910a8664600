import type { PGlite } from '@electric-sql/pglite';

/** A part of a database that a program relies on, such as a column. */
interface Part {
  kind: 'COLUMN' | 'CONSTRAINT' | 'UNIQUE' | 'VALUE' | 'TRIGGER' | 'FUNCTION';
  /** The table, or the type of a value; null for a function. */
  of: string | null;
  /** Two parts of a kind with the same name are the same. */
  name: string;
  /** What it is. */
  is: string;
  /** For a column: whether it takes no null. */
  isRequired: boolean;
  /** For a column: whether a row needs a value of it that nobody else gives. */
  isNeeded: boolean;
  /** For a foreign key: the table whose rows cannot be deleted while others refer to them; null when they can. */
  keeps: string | null;
}

/** The parts of a database, by their kinds and names. */
export type Catalog = ReadonlyMap<string, Part>;

export async function catalogOf(pglite: PGlite): Promise<Catalog> {
  const { rows } = await pglite.query<Part>(parts);
  return new Map(rows.map((part) => [`${part.kind} ${part.of ?? ''} ${part.name}`, part]));
}

/**
 * What a program that knows only the parts from before cannot live with: what it reads or names is gone or another, or
 * what it writes may be refused, or become something else than it has written.
 *
 * @returns sentences
 */
export function breaksOf(before: Catalog, after: Catalog): string[] {
  const owners = new Set([...before.values()].flatMap(({ of }) => of ?? []));
  const changed = [...before].flatMap(([key, part]) => {
    const now = after.get(key);
    // What was refused before may be stored by others now; a program that reads it is to say so.
    if (!now) return part.kind === 'CONSTRAINT' ? [] : [`${nameOf(part)} is gone`];
    if (now.is !== part.is) return [`${nameOf(part)} is another`];
    const isNeeded = (now.isRequired && !part.isRequired) || (now.isNeeded && !part.isNeeded);
    return isNeeded ? [`${nameOf(part)} is needed now`] : [];
  });
  const added = [...after].flatMap(([key, part]) => {
    if (before.has(key)) return [];
    const { kind, of, isNeeded, keeps } = part;
    if (owners.has(of ?? '') && (kind !== 'COLUMN' || isNeeded)) return [`${nameOf(part)} is new`];
    return owners.has(keeps ?? '') ? [`${nameOf(part)} keeps rows of ${keeps ?? ''} from being deleted`] : [];
  });
  return [...changed, ...added];
}

function nameOf({ kind, of, name }: Part): string {
  return `${kind.toLowerCase()} ${of === null ? '' : `${of}.`}${name}`;
}

const ours = `relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'`;

const parts = `
  SELECT 'COLUMN' AS kind, c.relname AS of, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS is,
    a.attnotnull AS "isRequired", a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS "isNeeded", NULL AS keeps
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.${ours} AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'CONSTRAINT', c.relname, k.conname, pg_get_constraintdef(k.oid), false, false,
    CASE WHEN k.contype = 'f' AND k.confdeltype IN ('a', 'r') THEN (SELECT relname FROM pg_class WHERE oid = k.confrelid) END
  FROM pg_class AS c JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE c.${ours} AND k.contype IN ('c', 'f', 'x')
  UNION ALL
  SELECT 'UNIQUE', c.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), false, false, NULL
  FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.oid WHERE c.${ours} AND i.indisunique
  UNION ALL
  SELECT 'VALUE', t.typname, e.enumlabel, '', false, false, NULL FROM pg_enum AS e JOIN pg_type AS t ON t.oid = e.enumtypid
  WHERE t.typnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'TRIGGER', c.relname, t.tgname, pg_get_triggerdef(t.oid), false, false, NULL
  FROM pg_class AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE c.${ours} AND NOT t.tgisinternal
  UNION ALL
  SELECT 'FUNCTION', NULL, p.oid::regprocedure::text, p.prosrc, false, false, NULL FROM pg_proc AS p
  WHERE p.pronamespace = 'public'::regnamespace`;
