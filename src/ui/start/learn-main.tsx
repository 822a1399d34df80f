import { render } from 'preact';
import { Learn } from './learn.js';

const root = document.getElementById('app');
if (root) render(<Learn />, root);
