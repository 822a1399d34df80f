import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Ignore } from '@balena/dockerignore';
import { DockerfileParser, type Instruction, ModifiableInstruction } from 'dockerfile-ast';

export const ROOT = new URL('../../', import.meta.url);

export interface Step {
  readonly keyword: string;
  readonly flags: ReadonlyMap<string, string>;
  /** The arguments; of an instruction in exec form, its JSON's strings. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of a stage before. */
  readonly base: string;
  readonly steps: readonly Step[];
}

export const readDockerfile = () => readFileSync(new URL('Dockerfile', ROOT), 'utf8');

/** `.dockerignore`, as the engine reads it. The package's types tell of a default export that it does not have. */
export function readIgnored(): Ignore {
  const create: () => Ignore = createRequire(import.meta.url)('@balena/dockerignore');
  return create().add(readFileSync(new URL('.dockerignore', ROOT), 'utf8'));
}

/** The stages of a Dockerfile, in order. Throws on an instruction before the first FROM. */
export function toStages(dockerfile: string): Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const step = toStep(instruction);
    const [base = '', as, name] = step.words;
    if (step.keyword === 'FROM') {
      stages.push({
        name: as?.toUpperCase() === 'AS' && name ? name : String(stages.length),
        base,
        steps: [],
      });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`${step.keyword} stands before the first FROM`);
      stage.steps.push(step);
    }
  }
  return stages;
}

/** The last such step of a stage: of CMD, USER and the like only that one counts. */
export function lastStep(stage: Stage, keyword: string): Step | undefined {
  return stage.steps.findLast((step) => step.keyword === keyword);
}

/** `ENV A=1 B=2` → its pairs. */
export function toPairs({ words }: Step): [string, string][] {
  return words.map((word) => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1).replace(/^"(.*)"$/, '$1')];
  });
}

function toStep(instruction: Instruction): Step {
  const text = instruction.getArgumentsContent() ?? '';
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  const exec = /\[.*\]\s*$/s.exec(text);
  const isExec = exec !== null && ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'].includes(instruction.getKeyword());
  const words: string[] = isExec
    ? JSON.parse(exec[0])
    : instruction
        .getArguments()
        .map((argument) => argument.getValue())
        .filter((word) => !word.startsWith('--') || instruction.getKeyword() === 'RUN');
  return {
    keyword: instruction.getKeyword(),
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    words,
    text,
  };
}
