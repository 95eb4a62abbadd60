import { defineConfig } from 'vite';

// The server's policy allows no inline script or style, so nothing is inlined.
export default defineConfig({
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8000',
      '/tiles': 'http://127.0.0.1:8000',
      '/enter': 'http://127.0.0.1:8000',
    },
  },
});
