// A page that Vite serves while it is developed: it asks its own origin for `/graphql` and for the logs of
// runs, and Vite passes that on.
import type { UserConfig } from 'vite';

const target = process.env.GATEWAY ?? 'http://127.0.0.1:4000';

export default {
  server: {
    proxy: {
      '/runs': { target },
      '/graphql': {
        target,
        // Subscriptions by WebSocket. The gateway compares their Origin with their Host, so leave `changeOrigin` out.
        ws: true,
      },
    },
  },
} satisfies UserConfig;
