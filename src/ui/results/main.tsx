import { render } from 'preact';
import { idInPath } from '../parts/service.js';
import { ResultsPage } from './results-page.js';

const root = document.getElementById('app');
if (root) render(<ResultsPage id={idInPath()} />, root);
