// The portal's side. Ask for it as /?service=http://127.0.0.1:3000&subject=Patient/demo-1[&only=element|frame]
const query = new URLSearchParams(location.search);
const service = query.get('service') ?? 'http://127.0.0.1:3000';
const subject = query.get('subject') ?? 'Patient/demo-1';
const only = query.get('only');

// What the intake tells the portal, in order; the page shows it, and the tests read it.
window.told = [];
function tell(message) {
  window.told.push(message);
  const steps = window.told.map(({ type }) => type).filter((type) => type !== 'height');
  document.getElementById('told').textContent = steps.join(', ');
}

if (only !== 'frame') {
  await import(`${service}/ui/axspa-intake.js`);
  const intake = document.createElement('axspa-intake');
  intake.setAttribute('subject', subject);
  intake.addEventListener('axspa-ready', () => tell({ from: 'element', type: 'ready' }));
  intake.addEventListener('axspa-completed', ({ detail }) =>
    tell({ from: 'element', type: 'completed', ...detail }),
  );
  document.getElementById('element').append(intake);
}

if (only !== 'element') {
  const frame = document.createElement('iframe');
  frame.title = 'Questions before your visit';
  frame.src = `${service}/screen?${new URLSearchParams({ subject, lang: 'en', embed: '1' })}`;
  window.addEventListener('message', ({ origin, source, data }) => {
    if (origin !== service || source !== frame.contentWindow || data?.source !== 'axspa-intake') return;
    if (data.type === 'height') frame.style.height = `${data.height}px`;
    tell({ from: 'frame', ...data });
  });
  document.getElementById('frame').append(frame);
}
