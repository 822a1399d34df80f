// The portal's side. Ask for it as /?service=http://127.0.0.1:3000&subject=Patient/demo-1[&only=element|frame|none], or with
// &link=… of an invitation in place of the subject.
const query = new URLSearchParams(location.search);
const service = query.get('service') ?? 'http://127.0.0.1:3000';
const subject = query.get('subject') ?? 'Patient/demo-1';
const only = query.get('only');
const link = query.get('link');
/** Milliseconds until a frame that has not said `ready` is given up. */
const patience = Number(query.get('patience') ?? 15_000);

// What the intake tells the portal, in order; the page shows it, and the tests read it.
window.told = [];
function tell(message) {
  window.told.push(message);
  const steps = window.told.map(({ type }) => type).filter((type) => type !== 'height');
  document.getElementById('told').textContent = steps.join(', ');
}

/** What always works, where the browser keeps the questions out of this page: a page of their own. */
function offerLink(place) {
  const anchor = document.createElement('a');
  anchor.href = link ?? `${service}/screen?${new URLSearchParams({ subject })}`;
  anchor.textContent = 'Open the questions in a page of their own';
  place.replaceChildren(anchor);
}

async function showElement(place) {
  try {
    await import(`${service}/ui/axspa-intake.js`);
  } catch {
    return offerLink(place);
  }
  const intake = document.createElement('axspa-intake');
  intake.setAttribute('subject', subject);
  intake.addEventListener('axspa-ready', () => tell({ from: 'element', type: 'ready' }));
  intake.addEventListener('axspa-stored', ({ detail }) =>
    tell({ from: 'element', type: 'stored', ...detail }),
  );
  intake.addEventListener('axspa-completed', ({ detail }) =>
    tell({ from: 'element', type: 'completed', ...detail }),
  );
  place.append(intake);
}

/** The secret stays behind the #. */
function framed(link) {
  const url = new URL(link);
  url.searchParams.set('embed', '1');
  return url.href;
}

function showFrame(place) {
  const frame = document.createElement('iframe');
  frame.title = 'Questions before your visit';
  frame.src = link
    ? framed(link)
    : `${service}/screen?${new URLSearchParams({ subject, lang: 'en', embed: '1' })}`;
  const timer = setTimeout(() => offerLink(place), patience);
  window.addEventListener('message', ({ origin, source, data }) => {
    if (origin !== service || source !== frame.contentWindow || data?.source !== 'axspa-intake') return;
    if (data.type === 'ready') clearTimeout(timer);
    if (data.type === 'height') frame.style.height = `${data.height}px`;
    tell({ from: 'frame', ...data });
  });
  place.append(frame);
}

if (only === null || only === 'element') showElement(document.getElementById('element'));
if (only === null || only === 'frame') showFrame(document.getElementById('frame'));
