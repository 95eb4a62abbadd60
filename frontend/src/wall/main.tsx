import { render } from 'preact';
import { Wall } from './wall';
import '../styles/wall.css';

// the map's program comes while the service is asked who is here
void import('./screen');
render(<Wall />, document.getElementById('wall') as HTMLElement);
