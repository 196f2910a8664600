/** The value of a plain scalar, and the text that Python's `str()` makes of it. */
export interface ScalarValue {
  value: string | number | boolean | null;
  /** Null for a text and for null. */
  text: string | null;
  /** True when JavaScript cannot represent the number exactly. It is then kept as text. */
  inexact: boolean;
}

const booleans = /^(?:true|True|TRUE|false|False|FALSE)$/;
const nulls = /^(?:~|null|Null|NULL|)$/;
const floats =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|[-+]?\d[\d_]*[eE][-+]?\d+|[-+]?\.\d[\d_]*(?:[eE][-+]\d+)?)$/;
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integers = /^[-+]?(?:0b_*[01][01_]*|0o_*[0-7][0-7_]*|0x_*[\da-fA-F][\da-fA-F_]*|\d[\d_]*)$/;

/** Words and numbers with a special meaning only in YAML 1.1, which a file selects with `%YAML 1.1`. */
const booleans11 = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
const octals11 = /^[-+]?0[0-7_]+$/;

/**
 * How Meltano reads a scalar without quotes: with the round-trip loader of ruamel.yaml, which uses YAML 1.2
 * by default (meltano/core/yaml.py, ruamel/yaml/resolver.py). So `yes` and `on` are text, `017` is 17, `0o17`
 * is 15 and `1_000` is 1000. Dates stay text, because Meltano writes them in ISO form again.
 */
export function resolveScalar(source: string, version: string): ScalarValue {
  if (nulls.test(source)) return { value: null, text: null, inexact: false };
  if (booleans.test(source)) return boolean(source.toLowerCase() === 'true');
  if (version === '1.1' && booleans11.test(source)) return boolean(/^(?:y|on)/i.test(source));
  if (notFinite.test(source))
    return { value: source, text: source.replace('.', '').toLowerCase(), inexact: true };
  if (floats.test(source)) return float(Number(source.replaceAll('_', '')));
  if (version === '1.1' && octals11.test(source)) return integer(source.replace(/^([-+]?)0/, '$10o'));
  if (integers.test(source)) return integer(source);
  return { value: source, text: null, inexact: false };
}

/**
 * The value of a scalar of a document. A quoted scalar is text, unless a standard tag of YAML says otherwise.
 * `version` is the YAML version: `1.2`, unless the document selects another one.
 */
export function scalarOf(
  node: { source?: string; type?: string | undefined; tag?: string | undefined },
  version: string,
): ScalarValue {
  const source = node.source ?? '';
  const isPlain = node.type === 'PLAIN' && node.tag !== 'tag:yaml.org,2002:str';
  const isTagged = /^tag:yaml\.org,2002:(?:int|float|bool|null)$/.test(node.tag ?? '');
  return isPlain || isTagged ? resolveScalar(source, version) : { value: source, text: null, inexact: false };
}

function boolean(value: boolean): ScalarValue {
  return { value, text: value ? 'True' : 'False', inexact: false };
}

function integer(source: string): ScalarValue {
  // No setting needs such a number, and the time to read the digits grows with the square of their number.
  if (source.length > 100) return { value: source, text: source, inexact: true };
  const exact = BigInt(source.replace(/^[-+]/, '').replaceAll('_', '')) * (source.startsWith('-') ? -1n : 1n);
  const inexact = !Number.isSafeInteger(Number(exact));
  return { value: inexact ? exact.toString() : Number(exact), text: exact.toString(), inexact };
}

function float(value: number): ScalarValue {
  if (!Number.isFinite(value)) return { value: String(value), text: 'inf', inexact: true };
  // Python prints a whole float with `.0`, and a small negative exponent with two digits.
  const digits = String(value).replace(/e-(\d)$/, 'e-0$1');
  return { value, text: /[.e]/.test(digits) ? digits : `${digits}.0`, inexact: false };
}
