// A page that Vite serves while it is developed: it asks its own origin for `/graphql`, and Vite passes that on.
import type { UserConfig } from 'vite';

export default {
  server: {
    proxy: {
      '/graphql': {
        target: process.env.GATEWAY ?? 'http://127.0.0.1:4000',
        // Subscriptions by WebSocket. The gateway compares their Origin with their Host, so leave `changeOrigin` out.
        ws: true,
      },
    },
  },
} satisfies UserConfig;
