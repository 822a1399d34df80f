import { render } from 'preact';
import { forgetAtSignOut } from '../parts/forget.js';
import { Start } from './start.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) render(<Start />, root);
