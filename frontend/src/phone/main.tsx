import { render } from 'preact';
import { PhonePage } from './app';
import { register } from './install';
import '../styles/page.css';
import '../styles/issues.css';
import '../styles/phone.css';

register();
render(<PhonePage />, document.getElementById('page') as HTMLElement);
