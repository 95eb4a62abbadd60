import { render } from 'preact';
import { App } from './panels/app';
import './styles/page.css';
import './styles/sheet.css';

render(<App />, document.getElementById('panels') as HTMLElement);
