/** Reads test/cases/authorization.txt: who asks, what is asked, and what must come of it. Knows no code of the service. */
import { readFileSync } from 'node:fs';

export type Caller = {
  name: string;
  scope: string | undefined;
  patient: string | undefined;
  fhirUser: string | undefined;
  /** What is wrong with the token; '' for nothing. */
  fault: string;
};

export type Ask = {
  name: string;
  method: string;
  /** Below the FHIR base, or below the service where it begins with a slash; with `{own}` and its like. */
  path: string;
  /** In the words of the table; '' for none. */
  body: string;
  isConditional: boolean;
};

export type Row = { block: string; caller: Caller; cells: { ask: Ask; expected: string }[] };

export type Table = {
  rows: Row[];
  /** Name → ids, with `{own}` and its like, and `{own}.*`. */
  sets: Map<string, string[]>;
  /** What `.*` stands for. */
  observations: string[];
  /** Everything in the file that cannot be right: empty. */
  faults: string[];
};

const EVERYONE = 'everyone else';
const WORDS = ['yes', 'no', 'shut', 'blind', '401', '404', '405', '422'];

type Section = { head: string; lines: string[] };

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('== ')) sections.push({ head: line.slice(3), lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}

/** A query of a scope has bars of its own, without blanks around them. */
const parts = (line: string) => ` ${line} `.split(' | ').map((part) => part.trim());
const words = (text = '') => text.split(/\s+/).filter((word) => word !== '');
const value = (text = '-') => (text === '-' || text === '' ? undefined : text);

function readCaller(line: string): Caller {
  const [name = '', scope, patient, fhirUser, fault] = parts(line);
  return {
    name,
    scope: value(scope),
    patient: value(patient),
    fhirUser: value(fhirUser),
    fault: value(fault) ?? '',
  };
}

function readAsk(line: string): Ask {
  const [name = '', call = '', body = '', condition] = parts(line);
  const [method = '', path = ''] = call.split(' ');
  return { name, method, path, body, isConditional: condition === 'if-none-exist' };
}

function readBlock({ head, lines }: Section, callers: Caller[], faults: string[]): Row[] {
  const block = head.replace(/^block: /, '');
  const middle = lines.findIndex((line) => line.startsWith('--'));
  const asks = lines.slice(0, middle).map(readAsk);
  const heads = words(parts(lines[middle] ?? '')[1]);
  const rows = lines.slice(middle + 1).map((line) => {
    const [label = '', cells] = parts(line);
    return { label, cells: words(cells) };
  });
  const named = rows.flatMap(({ label }) => (label === EVERYONE ? [] : words(label)));
  const others = callers.map(({ name }) => name).filter((name) => !named.includes(name));
  const known = callers.map(({ name }) => name);
  faults.push(
    ...named.filter((name) => !known.includes(name)).map((name) => `${block}: ${name} is nobody`),
    ...named.filter((name, at) => named.indexOf(name) !== at).map((name) => `${block}: ${name} twice`),
    ...rows
      .filter(({ cells }) => cells.length !== asks.length)
      .map(({ label }) => `${block}: ${label}: ${asks.length} cells are needed`),
    ...(heads.join() === asks.map(({ name }) => name).join() ? [] : [`${block}: the heads differ`]),
    ...(rows.at(-1)?.label === EVERYONE ? [] : [`${block}: the last row must be "${EVERYONE}"`]),
  );
  return rows.flatMap(({ label, cells }) =>
    (label === EVERYONE ? others : words(label)).flatMap((name): Row[] => {
      const caller = callers.find((one) => one.name === name);
      if (!caller) return [];
      return [{ block, caller, cells: asks.map((ask, at) => ({ ask, expected: cells[at] ?? '' })) }];
    }),
  );
}

/** The whole table, with its own faults. */
export function readTable(): Table {
  const text = readFileSync(new URL('../cases/authorization.txt', import.meta.url), 'utf8');
  const faults: string[] = [];
  const sections = sectionsOf(text);
  const linesOf = (head: string) => sections.find((one) => one.head.startsWith(head))?.lines ?? [];
  const callers = linesOf('callers').map(readCaller);
  const sets = new Map(linesOf('sets').map((line) => [parts(line)[0] ?? '', words(parts(line)[1])]));
  const observations = linesOf('observations').flatMap(words);
  const rows = sections
    .filter(({ head }) => head.startsWith('block: '))
    .flatMap((section) => readBlock(section, callers, faults));
  for (const { block, caller, cells } of rows) {
    for (const { ask, expected } of cells) {
      if (!WORDS.includes(expected) && !sets.has(expected)) {
        faults.push(`${block}: ${caller.name}: ${ask.name}: what is "${expected}"?`);
      }
    }
  }
  return { rows, sets, observations, faults };
}

/** The ids of a set, each name in braces replaced, `.*` by all Observations of a response, other sets by theirs. */
export function idsOf(name: string, table: Table, names: Record<string, string>): string[] {
  return (table.sets.get(name) ?? [])
    .flatMap((member) => {
      if (member !== name && table.sets.has(member)) return idsOf(member, table, names);
      const id = fill(member, names);
      if (!id.endsWith('.*')) return [id];
      return table.observations.map((code) => `${id.slice(0, -1)}${code}`);
    })
    .sort();
}

/** `{own}` and its like replaced by ids. */
export function fill(text: string, names: Record<string, string>): string {
  return text.replace(/\{([a-z-]+)\}/g, (_all, name: string) => {
    const id = names[name];
    if (id === undefined) throw new Error(`nothing is called {${name}}`);
    return id;
  });
}
