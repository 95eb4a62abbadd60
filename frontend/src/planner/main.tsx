import { render } from 'preact';
import '../styles/page.css';
import '../styles/planner.css';
import { Planner } from './planner';

render(<Planner />, document.getElementById('panels') as HTMLElement);
