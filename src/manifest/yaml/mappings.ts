/** Sets a key, also when its name is `__proto__`; a plain assignment would not. */
export function setKey(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}
