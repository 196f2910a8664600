/** An SQL expression for a UUIDv7 of a time in milliseconds; the rest of it comes from a text that differs. */
export const uuidAt = (milliseconds: string, different: string): string =>
  `overlay(overlay(lpad(to_hex((${milliseconds})::bigint), 12, '0') || md5(${different})
     placing '7' from 13 for 1) placing 'a' from 17 for 1)::char(32)::uuid`;
