// Writes src/embedded/shape-data.ts: the elements of the FHIR R4 types that the embedded server checks.
//
//   node .config/embedded-shapes.mjs          writes the file
//   node .config/embedded-shapes.mjs --print  prints it instead (a test compares the bytes)
//
// @types/fhir knows names, lists, required elements and closed code lists; which primitive a `string` or a
// `number` is, and which choice elements are required, stands in embedded-primitives.txt (from FHIR R4, CC0).
import { readFileSync, writeFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const declarations = read('../node_modules/@types/fhir/r4.d.ts');

/** Every type that the server serves. */
const served = [...read('../src/embedded/search-table.ts').matchAll(/^ {2}([A-Z]\w+): \{/gm)].map(([, t]) => t);

/** `Type element:primitive element:primitive …`; a name that ends in `[x]!` is a required choice. */
const facts = new Map(
  read('./embedded-primitives.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))
    .map(([type, ...pairs]) => [type, new Map(pairs.map((pair) => pair.split(':')))]),
);

const INTERFACE = /^export interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)^\}/gm;
const MEMBER = /^ {2}(?:readonly )?(\w+)(\?)?: (.*?)(?: \| undefined)?;$/gm;
const COMMENT = /\/\*[\s\S]*?\*\//g;

/** name → { parent, members } of the declarations, without the `_siblings` of primitives. */
const interfaces = new Map(
  [...declarations.matchAll(INTERFACE)].map(([, name, parent, body]) => {
    const members = [...body.replace(COMMENT, '').matchAll(MEMBER)]
      .filter(([, element]) => !element.startsWith('_') && element !== 'resourceType')
      .map(([, element, optional, type]) => ({ element, isRequired: optional === undefined, type }));
    return [name, { parent, members }];
  }),
);

const PRIMITIVES = { string: 'string', number: 'decimal', boolean: 'boolean' };
const CHOICE_PRIMITIVES =
  'base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time unsignedInt uri url uuid'.split(
    ' ',
  );
const CODES = /^\(('[^)]*')\)$/;

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** 'DateTime' → dateTime, 'Period' → Period, when the TypeScript type agrees. */
function choiceType(suffix, tsType) {
  const primitive = CHOICE_PRIMITIVES.find((name) => capital(name) === suffix);
  if (primitive && tsType in PRIMITIVES) return primitive;
  return suffix === tsType && interfaces.has(tsType) ? tsType : undefined;
}

/** The name before the type, when it is one spelling of a choice: `effectiveDateTime` → effective. */
function choiceStem({ element, type }) {
  for (let end = 1; end < element.length; end += 1) {
    const found = choiceType(element.slice(end), type);
    if (found) return { stem: element.slice(0, end), type: found };
  }
  return undefined;
}

function toElement(owner, { element, isRequired, type }) {
  const isList = type.endsWith('[]');
  const bare = isList ? type.slice(0, -2) : type;
  const codes = CODES.exec(bare)?.[1].replaceAll("'", '');
  const fact = facts.get(owner)?.get(element);
  const kind = codes ? `code(${codes})` : (fact ?? PRIMITIVES[bare] ?? (bare === 'FhirResource' ? 'Resource' : bare));
  return `${element}:${kind}${isList ? '*' : ''}${isRequired ? '!' : ''}`;
}

/** All elements of a type, choices folded into `name[x]:type|type`. */
function toElements(owner, members) {
  const stems = members.map(choiceStem);
  // Task.instantiatesCanonical and .instantiatesUri may stand side by side.
  const isChoice = (index) =>
    stems[index]?.stem !== 'instantiates' &&
    stems.filter((one) => one && one.stem === stems[index]?.stem).length > 1;
  const done = new Set();
  return members.flatMap((member, index) => {
    if (!isChoice(index)) return [toElement(owner, member)];
    const { stem } = stems[index];
    if (done.has(stem)) return [];
    done.add(stem);
    const types = stems.filter((one) => one?.stem === stem).map(({ type }) => type);
    return [`${stem}[x]:${types.join('|')}${facts.get(owner)?.has(`${stem}[x]!`) ? '!' : ''}`];
  });
}

/** Own elements after those of the ancestors: `id` and `extension` first. */
function membersOf(name) {
  const { parent, members } = interfaces.get(name);
  return [...(parent ? membersOf(parent) : []), ...members.map((member) => ({ ...member, owner: name }))];
}

const lines = new Map();
const queue = [...served].sort();
for (const name of queue) {
  if (lines.has(name) || name === 'Resource') continue;
  const { parent, members } = interfaces.get(name);
  lines.set(name, `${name}${parent ? `<${parent}` : ''} ${toElements(name, members).join(' ')}`.trim());
  for (const { type } of membersOf(name)) {
    const bare = type.replace('[]', '');
    if (interfaces.has(bare)) queue.push(bare);
  }
  if (parent) queue.push(parent);
}
{
  const { members } = interfaces.get('Resource');
  lines.set('Resource', `Resource ${toElements('Resource', members).join(' ')}`);
}

const text = `/**
 * Generated by .config/embedded-shapes.mjs from @types/fhir (MIT) and FHIR R4 (CC0): do not edit.
 *
 * One type a line: \`Type<Parent element:type element:type …\`. After the type: \`*\` a list, \`!\` required,
 * \`code(a|b)\` a closed list of codes; \`name[x]:a|b\` is a choice element with its types.
 */
export const SHAPE_DATA = \`
${[...lines.values()].sort().join('\n')}
\`;
`;

if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(new URL('../src/embedded/shape-data.ts', import.meta.url), text);
