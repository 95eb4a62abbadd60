import { render } from 'preact';
import { PhonePage } from './app';
import '../styles/page.css';
import '../styles/phone.css';

render(<PhonePage />, document.getElementById('page') as HTMLElement);
