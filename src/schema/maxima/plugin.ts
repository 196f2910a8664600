import SchemaBuilder, {
  BasePlugin,
  type PothosInputFieldConfig,
  type PothosInputFieldType,
  type SchemaTypes,
} from '@pothos/core';
import { describeMaxima, maximaFor, type Maxima, type MaximaOptions } from './maxima.ts';

const pluginName = 'maxima';

/**
 * A Pothos plugin that gives every list, text and JSON value that callers send a maximum. It is written into
 * the description, and kept with the argument or input field, where `findFaults` reads it.
 */
export default pluginName;

export class MaximaPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onInputFieldConfig(config: PothosInputFieldConfig<Types>): PothosInputFieldConfig<Types> {
    const { item, isList } = this.#kindOf(config.type);
    const maxima = maximaFor(item, isList, config.pothosOptions);
    if (maxima === null) return config;
    return {
      ...config,
      description: [config.description, describeMaxima(maxima)].filter(Boolean).join(' '),
      extensions: { ...config.extensions, maxima },
    };
  }

  /** The name of the type of a value, or of the entries of a list. */
  #kindOf(type: PothosInputFieldType<Types>): { item: string; isList: boolean } {
    if (type.kind === 'List') return { item: this.#kindOf(type.type).item, isList: true };
    return { item: this.buildCache.getTypeConfig(type.ref).name, isList: false };
  }
}

SchemaBuilder.registerPlugin(pluginName, MaximaPlugin);

/** The maxima of an argument or an input field; null when it has none, such as a number. */
export function maximaOf({ extensions }: { extensions: object }): Maxima | null {
  return (extensions as { maxima?: Maxima }).maxima ?? null;
}

declare global {
  // This is how plugins of Pothos add to its types.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      maxima: MaximaPlugin<Types>;
    }

    // eslint-disable-next-line @typescript-eslint/no-empty-object-type
    export interface InputFieldOptions extends MaximaOptions {}
  }
}
