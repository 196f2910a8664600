/** What is asked when metrics are read, as far as it is not counted where it happens. */
export interface MetricSources {
  version: string;
  database: 'EMBEDDED' | 'SERVER';
  /** The connections of this process. */
  pool: () => { max: number; open: number; idle: number; waiting: number };
  /** What has not ended, in one statement. */
  figures: () => Promise<Figures>;
  /** The size of the database, in bytes. */
  databaseBytes: () => Promise<number>;
  dataDirectory: string;
}

/** See `store/figures/`. */
export interface Figures {
  queued: { project: string; labels: string[]; waitsFor: string; count: number }[];
  otherQueued: { waitsFor: string; count: number }[];
  oldestSeconds: number | null;
  active: { status: string; count: number }[];
  workers: { status: string; count: number }[];
  slots: { busy: number; free: number };
  scheduleLagSeconds: number;
  webhooks: { pending: number; oldestSeconds: number | null };
}
