import { render } from 'preact';
import { Administration } from './app';
import '../styles/page.css';
import '../styles/admin.css';

render(<Administration />, document.getElementById('page') as HTMLElement);
