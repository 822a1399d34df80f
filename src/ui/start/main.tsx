import { render } from 'preact';
import { forgetAtSignOut } from '../parts/sign-out.js';
import { Start } from './start.js';

forgetAtSignOut();
const root = document.getElementById('app');
if (root) render(<Start />, root);
