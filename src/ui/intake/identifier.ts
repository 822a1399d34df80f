import type { QuestionnaireResponse } from 'fhir/r4.js';

/** Identifies an intake from before its first save. */
export const IDENTIFIER_SYSTEM = 'https://w3id.org/axspa-screening/intake';

/** By which an intake that was begun here is found again; null for any other. */
export function intakeIn({ identifier }: QuestionnaireResponse): string | null {
  return identifier?.system === IDENTIFIER_SYSTEM ? (identifier.value ?? null) : null;
}

/** `randomUUID` is only there behind HTTPS and on localhost; a clinic's own network may have neither. */
export function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, `$1-$2-4$3-${variant}$4-$5`);
}
