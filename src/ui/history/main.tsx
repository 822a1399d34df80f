import { render } from 'preact';
import { ClinicianLinks, Page } from '../parts/page.js';
import { idInPath } from '../parts/service.js';
import { forgetAtSignOut } from '../parts/sign-out.js';
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
