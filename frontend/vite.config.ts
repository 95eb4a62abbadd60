import { defineConfig } from 'vite';

// Each page is a document of its own; gridtwin/pages.py says at which address it stands.
const pages = [
  'index.html',
  'admin.html',
  'phone.html',
  'planner.html',
  'wall.html',
  'desk.html',
  'public.html',
];

// The server's policy allows no inline script or style, so nothing is inlined.
export default defineConfig({
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: [...pages, 'src/phone/worker.ts'],
      // a service worker's file keeps its name, and stands beside the page that it serves
      output: {
        entryFileNames: ({ name }) => (name === 'worker' ? 'phone-sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8000',
      '/public/': 'http://127.0.0.1:8000',
      '/tiles': 'http://127.0.0.1:8000',
      '/live': { target: 'ws://127.0.0.1:8000', ws: true },
      '/enter': 'http://127.0.0.1:8000',
    },
  },
});
