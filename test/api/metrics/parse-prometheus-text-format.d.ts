declare module 'parse-prometheus-text-format' {
  /** @throws when a line is not in the format */
  export default function parse(text: string): unknown[];
}
