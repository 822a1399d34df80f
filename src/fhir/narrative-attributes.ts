/** Attributes that R4 lets stand on any element of a narrative; the validator of HL7 has the same list. */
const COMMON = new Set(
  (
    'title style class id lang xml:lang dir accesskey tabindex span width align valign char charoff abbr axis ' +
    'headers scope rowspan colspan'
  ).split(' '),
);

/** Those of one element. */
const OF_ELEMENT: Readonly<Record<string, readonly string[]>> = {
  a: ['charset', 'type', 'name', 'href', 'hreflang', 'rel', 'rev', 'shape', 'coords'],
  area: ['shape', 'coords', 'href', 'nohref', 'alt'],
  blockquote: ['cite'],
  img: ['src', 'alt', 'longdesc', 'height', 'width', 'usemap', 'ismap', 'border'],
  map: ['name'],
  pre: ['xml:space'],
  q: ['cite'],
  table: ['summary', 'width', 'border', 'frame', 'rules', 'cellspacing', 'cellpadding'],
  td: ['nowrap'],
};

const XHTML = 'http://www.w3.org/1999/xhtml';
/** Schemes that show or send something when somebody chooses to follow them; none of them runs anything. */
const FOLLOWED = ['http:', 'https:', 'mailto:', 'tel:', 'urn:'];
/** In style: what loads, what runs in some reader, and what hides either. */
const ACTIVE_STYLE = /url|image|src|import|expression|behaviou?r|binding|script|data:|[\\@<>{}]|\/\*/i;

/**
 * Whether an attribute may stand on an element of a narrative, and its value neither runs nor loads anything.
 * `value` with its characters spelled out: no reader may see another value in it than was judged here.
 */
export function isHarmlessAttribute(element: string, name: string, value: string): boolean {
  if (name === 'xmlns') return value === XHTML;
  if (!COMMON.has(name) && !(OF_ELEMENT[element] ?? []).includes(name)) return false;
  if (name === 'style') return !ACTIVE_STYLE.test(value);
  if (name === 'src') return isWithin(value);
  if (name === 'usemap') return value.startsWith('#');
  if (['href', 'cite', 'longdesc'].includes(name)) return isFollowed(value);
  return true;
}

/** A picture that comes with the resource, or lies beside it on the same server: nothing tells somebody else who reads. */
function isWithin(source: string): boolean {
  return (
    /^#[^\s]*$/.test(source) ||
    /^Binary\/[A-Za-z0-9\-.]{1,64}$/.test(source) ||
    /^data:image\/(?:gif|png|jpeg|webp);base64,[A-Za-z0-9+/=\s]*$/.test(source)
  );
}

/** Readers of HTML drop white space and control characters from an address before they look at its scheme. */
function isFollowed(address: string): boolean {
  const [scheme] = /^[^/?#]*?:/.exec(address.replace(/[\s\p{Cc}]+/gu, '').toLowerCase()) ?? [];
  return scheme === undefined || FOLLOWED.includes(scheme);
}
