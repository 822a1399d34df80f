import { render } from 'preact';
import { idInPath } from '../parts/service.js';
import { forgetAtSignOut } from '../parts/sign-out.js';
import { ResultsPage } from './results-page.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) render(<ResultsPage id={idInPath()} />, root);
