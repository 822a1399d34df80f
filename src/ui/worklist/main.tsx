import { render } from 'preact';
import { forgetAtSignOut } from '../parts/forget.js';
import { ClinicianLinks, Page } from '../parts/page.js';
import { Worklist } from './worklist.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) {
  render(
    <Page width="wide" aside={<ClinicianLinks current="worklist" />}>
      <Worklist />
    </Page>,
    root,
  );
}
