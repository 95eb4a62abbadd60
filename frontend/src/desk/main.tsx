import { render } from 'preact';
import { Desk } from './desk';
import '../styles/page.css';
import '../styles/issues.css';
import '../styles/desk.css';
import '../styles/desk_lists.css';

render(<Desk />, document.getElementById('panels') as HTMLElement);
