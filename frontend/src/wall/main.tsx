import { render } from 'preact';
import { Wall } from './wall';
import '../styles/wall.css';

render(<Wall />, document.getElementById('wall') as HTMLElement);
