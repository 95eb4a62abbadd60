import { render } from 'preact';
import { PublicPage } from './page';
import '../styles/page.css';
import '../styles/public.css';

render(<PublicPage />, document.getElementById('panels') as HTMLElement);
