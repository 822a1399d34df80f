import { randomBytes } from 'node:crypto';

/** FHIR R4 `id`. */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

/** UUID version 7 (RFC 9562 §5.7): begins with the time, so that new rows land at the end of an index. */
export function createId(now: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.max(0, now.getTime()), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
