import { render } from 'preact';
import { tellParent } from '../parts/parent-frame.js';
import { Invitation } from './invitation.js';

const root = document.getElementById('app');
if (root) {
  const isFramed = new URLSearchParams(location.search).has('embed');
  // Behind the #, so that no server on the way has seen it.
  render(<Invitation token={location.hash.slice(1)} isFramed={isFramed} />, root);
  if (isFramed) tellParent(root).post({ type: 'ready' });
}
