import { render } from 'preact';
import { forgetAtSignOut } from '../parts/forget.js';
import { ClinicianLinks, Page } from '../parts/page.js';
import { idInPath } from '../parts/service.js';
import { History } from './history.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) {
  render(
    <Page width="wide" aside={<ClinicianLinks />}>
      <History id={idInPath()} />
    </Page>,
    root,
  );
}
