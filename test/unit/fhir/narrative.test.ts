/** R4 narrative.html: what a narrative may be (txt-1, txt-2), and that nothing in it runs or loads anything. */
import { describe, expect, test } from '@jest/globals';
import { isNarrative } from '../../../src/fhir/narrative.js';
import { createShapeReader } from '../../../src/fhir/shape.js';

const div = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;

describe('taken', () => {
  test.each<[string]>([
    [div('text')],
    ['<div>text</div>'],
    [" \n<div xmlns='http://www.w3.org/1999/xhtml' >text</div >\n"],
    [div('<p>a</p><br/><br /><hr/>')],
    [div('<h1 id="a1">T</h1><h6 class="x y">t</h6><ul><li>1</li></ul><dl><dt>a</dt><dd>b</dd></dl>')],
    [
      div(
        '<table summary="s" border="1" width="100%"><caption>c</caption><colgroup><col span="2"/></colgroup><thead>' +
          '<tr><th scope="col" colspan="2">a</th></tr></thead><tbody><tr><td rowspan="1" nowrap="nowrap">1</td></tr></tbody></table>',
      ),
    ],
    [div('<b>b</b><i>i</i><em>e</em><strong>s</strong><small>s</small><sub>2</sub><sup>2</sup><tt>t</tt>')],
    [div('<span style="color: red; font-weight: bold">x</span>')],
    [div('<span lang="de" xml:lang="de" dir="ltr" title="&quot;&amp;&lt;&#228;">x</span>')],
    [
      div(
        '<a href="#top" name="x">a</a><a href="Patient/1">b</a><a href="https://example.org/?a=1&amp;b=2">c</a>',
      ),
    ],
    [div('<a href="mailto:a@example.org">a</a><a href="tel:112">b</a><a href="?x=javascript:1">c</a>')],
    [div('<img src="#pic" alt="a"/>')],
    [div('<img src="Binary/b1" alt="a" width="10" height="10"/>')],
    [div('<img src="data:image/png;base64,iVBORw0KGgo="/>')],
    [div('&lt;script&gt;alert(1)&lt;/script&gt; &amp;&nbsp;&#x1F600; 3 > 2')],
    [div('<!-- generated - by hand -->x')],
    [div('Grüße, 你好, 😀')],
    [div('<p>javascript:alert(1) onerror=alert(1)</p>')],
    [div(`${'<b>'.repeat(99)}x${'</b>'.repeat(99)}`)],
  ])('%s', (xhtml) => {
    expect(isNarrative(xhtml)).toBe(true);
  });
});

const REFUSED: Record<string, string[]> = {
  'not one div': [
    '',
    'text',
    '<p>text</p>',
    'a<div>b</div>',
    '<div>a</div>b',
    '<div>a</div><div>b</div>',
    '<divx>a</divx>',
    '<DIV>a</DIV>',
    '<html><body><div>a</div></body></html>',
    '<?xml version="1.0"?><div>a</div>',
  ],
  'nothing to read (txt-2)': ['<div/>', div(''), div(' \n\t'), div('<p> </p><br/>'), div('<!-- a -->')],
  'not well-formed': [
    '<div>a',
    '<div>a</p></div>',
    div('<b><i>x</b></i>'),
    div('<p>a'),
    div('<br>'),
    div('<p a>x</p>'),
    div('<p title=a>x</p>'),
    div('<p title="a"title="b">x</p>'),
    div('<p title="a" title="b">x</p>'),
    div('<p title="<">x</p>'),
    div('a & b'),
    div('a &unknown; b'),
    div('a < b'),
    div('< p>x</p>'),
    div('<p title="a&b">x</p>'),
    div('<p/ >x'),
    div('</p>'),
    div('\u0000x'),
    div('\u0008x'),
    div('\ud800x'),
    div('&#0;x'),
    div('&#x110000;x'),
    div('&#xD800;x'),
  ],
  'elements that R4 leaves out': [
    ...'script style iframe frame object embed applet form input button select textarea link base meta head body'
      .split(' ')
      .map((name) => div(`a<${name}>x</${name}>`)),
    ...'svg math video audio canvas template noscript xmp plaintext marquee font center u s strike details dialog'
      .split(' ')
      .map((name) => div(`a<${name}>x</${name}>`)),
    div('<SCRIPT>alert(1)</SCRIPT>x'),
    div('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>x'),
    div('<foo-bar>x</foo-bar>'),
  ],
  'attributes that run or load': [
    ...'onclick onload onerror onmouseover onfocus ontoggle'
      .split(' ')
      .map((name) => div(`<p ${name}="x">a</p>`)),
    div('<p ONCLICK="x">a</p>'),
    div('<p style="background: url(http://evil.example/x)">a</p>'),
    div('<p style="background: u&#114;l(http://evil.example/x)">a</p>'),
    div('<p style="background: \\75rl(http://evil.example/x)">a</p>'),
    div('<p style="width: expr/**/ession(alert(1))">a</p>'),
    div('<p style="width: expression(alert(1))">a</p>'),
    div('<p style="@import \'x\'">a</p>'),
    div('<p style="-moz-binding: x">a</p>'),
    div('<p style="background-image: image-set(\'x\')">a</p>'),
    div('<p background="x">a</p>'),
    div('<p srcdoc="x">a</p>'),
    div('<a ping="http://evil.example">a</a>'),
    div('<a target="_top" href="#">a</a>'),
    div('<a xlink:href="javascript:alert(1)">a</a>'),
    div('<p xmlns="http://www.w3.org/2000/svg">a</p>'),
    '<div xmlns="urn:x">a</div>',
    div('<p xmlns:x="urn:x">a</p>'),
    div('<p href="#a">a</p>'),
    div('<img src="http://evil.example/x.png"/>'),
    div('<img src="//evil.example/x.png"/>'),
    div('<img src="x.png"/>'),
    div('<img src="data:image/svg+xml;base64,PHN2Zy8+"/>'),
    div('<img src="data:text/html,x"/>'),
    div('<img src="javascript:alert(1)"/>'),
    div('<img src="#a" srcset="http://evil.example/x 1x"/>'),
    div('<img src="#a" usemap="http://evil.example/x"/>'),
  ],
  'addresses that run': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java&#9;script:alert(1)',
    'java&#x0A;script:alert(1)',
    'java\u00a0script:alert(1)',
    '&#106;&#97;vascript:alert(1)',
    '&#x6A;avascript&#58;alert(1)',
    'javascript&colon;alert(1)',
    'java&Tab;script:alert(1)',
    '&nbsp;javascript:alert(1)',
    'vbscript:x',
    'data:text/html;base64,PHNjcmlwdD4=',
    'file:///etc/passwd',
    'blob:x',
    'view-source:x',
    'feed:javascript:alert(1)',
    'jar:x',
    '\u0001javascript:alert(1)',
  ].flatMap((address) => [
    div(`<a href="${address}">a</a>`),
    div(`a<q cite="${address}">b</q>`),
    div(`<map name="m"><area href="${address}"/></map>a`),
  ]),
  'what HTML reads otherwise than XML': [
    div('<![CDATA[x]]>'),
    div('<![CDATA[><img src="x" onerror="alert(1)"/>]]>x'),
    div('<?php x ?>x'),
    div('<?x ><img src="#" onerror="alert(1)"/>?>x'),
    div('<!DOCTYPE html>x'),
    '<!DOCTYPE div [<!ENTITY x "y">]><div>&x;</div>',
    div('<!ENTITY x "y">x'),
    div('<!--><img src="#a" onerror="alert(1)"/>-->x'),
    div('<!---><img src="#a" onerror="alert(1)"/>-->x'),
    div('<!-- --!><img src="#a" onerror="alert(1)"/>-->x'),
    div('<!-- a -- b -->x'),
    div('<!-- a'),
    div('<!-- a --->x'),
    div('<!x>a'),
  ],
  'too deep': [div(`${'<b>'.repeat(100)}x${'</b>'.repeat(100)}`), div(`${'<b>'.repeat(100_000)}x`)],
};

describe.each(Object.entries(REFUSED))('refused: %s', (_why, all) => {
  test.each(all.map((xhtml) => [xhtml.slice(0, 200), xhtml]))('%s', (_shown, xhtml) => {
    expect(isNarrative(xhtml)).toBe(false);
  });
});

test('what is refused is refused inside something that is taken, too', () => {
  const inside = Object.values(REFUSED)
    .flat()
    .filter((xhtml) => xhtml.startsWith('<div xmlns="http://www.w3.org/1999/xhtml">'))
    .map((xhtml) => div(`before ${xhtml} after`));
  // White space alone is no fault beside text.
  expect(inside.filter(isNarrative)).toEqual(
    ['', ' \n\t', '<p> </p><br/>', '<!-- a -->'].map((empty) => div(`before ${div(empty)} after`)),
  );
  expect(inside.length).toBeGreaterThan(150);
});

describe('in a response', () => {
  const read = createShapeReader();
  const faults = (more: object) => {
    const shaped = read({ resourceType: 'QuestionnaireResponse', status: 'completed', ...more });
    return 'issues' in shaped ? shaped.issues.map(({ code, expression }) => `${code} ${expression}`) : [];
  };
  const text = (xhtml: unknown) => ({ text: { status: 'generated', div: xhtml } });
  const contained = (xhtml: unknown) => ({
    contained: [{ resourceType: 'Patient' }, { resourceType: 'Patient', ...text(xhtml) }],
  });

  test('taken as it is', () => {
    expect(faults(text(div('x')))).toEqual([]);
    expect(faults(contained(div('x')))).toEqual([]);
  });

  test.each<[unknown]>([[div('<script>alert(1)</script>')], ['x'], [1], [null], ['']])(
    '%j: at its place',
    (xhtml) => {
      expect(faults(text(xhtml))).toEqual(['wrong-json-type QuestionnaireResponse.text.div']);
      expect(faults(contained(xhtml))).toEqual([
        'wrong-json-type QuestionnaireResponse.contained[1].text.div',
      ]);
    },
  );

  test('a contained narrative that is none', () => {
    expect(faults({ contained: [{ resourceType: 'Patient', text: '<script/>' }] })).toEqual([
      'wrong-json-type QuestionnaireResponse.contained[0].text',
    ]);
  });
});

test('a megabyte of it is read in one walk', () => {
  expect(isNarrative(div('<p title="a&amp;b">x &lt; y</p>'.repeat(30_000)))).toBe(true);
  const pieces = ['<p ', '&', '&#', '<!--', '<p title="', '<p>', '</p>', ' ', '<p\n', '<p x="', '<!-- - '];
  for (const piece of pieces) {
    expect(isNarrative(div(piece.repeat(Math.floor(1_000_000 / piece.length))))).toBe(false);
  }
});
