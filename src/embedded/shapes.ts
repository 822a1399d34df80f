import { PRIMITIVES, type Primitive } from './primitives.js';
import { SHAPE_DATA } from './shape-data.js';

/** One element of a type, under the name that it has in JSON. */
export interface ElementShape {
  /** A data type, an element of the type itself, or a primitive (begins in lower case). */
  readonly kind: string;
  /** What its values must be; undefined for objects. A primitive's `_sibling` is an Element. */
  readonly primitive: Primitive | undefined;
  readonly isList: boolean;
  /** The closed list of a code. */
  readonly codes?: ReadonlySet<string>;
  /** `value[x]` of `valueString`. */
  readonly choice?: string;
}

export interface TypeShape {
  readonly elements: ReadonlyMap<string, ElementShape>;
  /** Names of which one must be there: one name, or all spellings of a choice. */
  readonly required: readonly { readonly name: string; readonly spellings: readonly string[] }[];
}

/** `name:type`, `name:type*!`, `name:code(a|b)`, `name[x]:a|b`. */
const ELEMENT = /^([A-Za-z]+)(\[x\])?:(?:code\(([^)]*)\)|([A-Za-z0-9|]+))(\*?)(!?)$/;

type Entry = { names: readonly (readonly [string, ElementShape])[]; isRequired: boolean; name: string };

function toShape(kind: string, isList: boolean): ElementShape {
  return { kind, isList, primitive: PRIMITIVES.get(kind) };
}

function readElement(text: string): Entry {
  const [, name = '', isChoice, codes, kinds = '', list, required] = ELEMENT.exec(text) ?? [];
  const isRequired = required === '!';
  const isList = list === '*';
  if (codes !== undefined) {
    const element = { ...toShape('code', isList), codes: new Set(codes.split('|')) };
    return { name, isRequired, names: [[name, element]] };
  }
  if (isChoice === undefined) return { name, isRequired, names: [[name, toShape(kinds, isList)]] };
  const choice = `${name}[x]`;
  const names = kinds.split('|').map((kind): readonly [string, ElementShape] => {
    const spelling = name + kind.charAt(0).toUpperCase() + kind.slice(1);
    return [spelling, { ...toShape(kind, false), choice }];
  });
  return { name: choice, isRequired, names };
}

function readShapes(): Map<string, TypeShape> {
  const lines = SHAPE_DATA.trim().split('\n');
  const entries = new Map<string, { parent: string; own: Entry[] }>();
  for (const line of lines) {
    const [head = '', ...elements] = line.split(' ');
    const [name = '', parent = ''] = head.split('<');
    entries.set(name, { parent, own: elements.map(readElement) });
  }
  const all = (name: string): Entry[] => {
    const found = entries.get(name);
    return found ? [...all(found.parent), ...found.own] : [];
  };
  return new Map(
    [...entries.keys()].map((name) => {
      const inherited = all(name);
      const required = inherited
        .filter(({ isRequired }) => isRequired)
        .map((entry) => ({ name: entry.name, spellings: entry.names.map(([spelling]) => spelling) }));
      return [name, { elements: new Map(inherited.flatMap(({ names }) => names)), required }];
    }),
  );
}

/** Type → its elements, inherited ones included. */
export const SHAPES: ReadonlyMap<string, TypeShape> = readShapes();
