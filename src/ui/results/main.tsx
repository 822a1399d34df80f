import { render } from 'preact';
import { forgetAtSignOut } from '../parts/forget.js';
import { idInPath } from '../parts/service.js';
import { ResultsPage } from './results-page.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) render(<ResultsPage id={idInPath()} />, root);
