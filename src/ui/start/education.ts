import type { CodeSystem } from 'fhir/r4.js';
import { type Told, tell } from '../parts/designation.js';
import { getFhir } from '../parts/fhir-client.js';

export interface Section {
  readonly code: string;
  readonly heading: Told;
  readonly paragraphs: readonly Told[];
}

export interface Education {
  readonly title: Told;
  readonly sections: readonly Section[];
}

/** The texts of CodeSystem `patient-information`; null when they cannot be read. */
export async function loadEducation(): Promise<CodeSystem | null> {
  const reply = await getFhir<CodeSystem>('CodeSystem/patient-information');
  return reply.state === 'done' ? reply.body : null;
}

/** Its concept `education`: sections, and their paragraphs in order; null when there is none. */
export function toEducation(
  { concept = [] }: Pick<CodeSystem, 'concept'>,
  language: string,
): Education | null {
  const root = concept.find(({ code }) => code === 'education');
  if (!root) return null;
  return {
    title: tell(root, language),
    sections: (root.concept ?? []).map((section) => ({
      code: section.code,
      heading: tell(section, language),
      paragraphs: (section.concept ?? []).map((one) => tell(one, language)),
    })),
  };
}
