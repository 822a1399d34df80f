import { type Config, loadConfig } from '../config.js';
import { Problem } from '../fhir/outcome.js';

/** An operator's command → what to tell the operator. Throws BadArguments, or whatever went wrong. */
export type Command = (args: readonly string[], config: Config) => Promise<string>;

/** The command line itself is wrong: nothing was tried. */
export class BadArguments extends Error {}

export interface Ended {
  /** 0 done, 1 failed, 2 wrong arguments or configuration. */
  readonly exitCode: 0 | 1 | 2;
  readonly text: string;
}

/** What went wrong, for an operator to read. */
export function toSentence(error: unknown): string {
  if (error instanceof Problem) return error.issues.map(({ text }) => text).join('\n');
  return error instanceof Error ? error.message : String(error);
}

/** Runs a command with the configuration that the service has. Never rejects. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  const loaded = loadConfig(env);
  if ('faults' in loaded) {
    return { exitCode: 2, text: `The configuration is wrong:\n- ${loaded.faults.join('\n- ')}` };
  }
  try {
    return { exitCode: 0, text: await command(args, loaded.config) };
  } catch (error) {
    return { exitCode: error instanceof BadArguments ? 2 : 1, text: toSentence(error) };
  }
}

/** The whole of an entry point: what is done goes to the standard output, what is not to the standard error. */
export async function main(command: Command): Promise<void> {
  const { exitCode, text } = await runCommand(command, process.argv.slice(2), process.env);
  (exitCode === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = exitCode;
}

/** The one folder that a command takes. */
export function readFolder(args: readonly string[], name: string): string {
  const [folder, ...more] = args;
  if (folder === undefined || folder === '' || folder.startsWith('-') || more.length > 0) {
    throw new BadArguments(`Name one folder: npm run ${name} -- <folder>`);
  }
  return folder;
}
