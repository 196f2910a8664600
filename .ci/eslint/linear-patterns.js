import { createRequire } from 'node:module';

// The build in JavaScript: the package's main module would look for a JVM or a native program.
const { checkSync } = createRequire(import.meta.url)('recheck/lib/browser.js');

/** Far more than any pattern needs, in milliseconds: it is no processor time, and the machine may have much else to do. */
const timeout = 180_000;

const messages = {
  slow: 'On some texts this pattern takes {{complexity}} time, such as {{attack}}. Rewrite it, or read the text without a pattern.',
  unknown: 'It is not known how long this pattern takes ({{reason}}). Make it simpler.',
  made: 'A pattern that is made when the program runs cannot be checked. Write it as a literal.',
};

/**
 * A rule that accepts a pattern only if it takes linear time on every text, wherever in the text a match may begin:
 * the gateway has one thread, and most texts come from outside. `recheck` decides it exactly, by automata.
 * `eslint-plugin-regexp` and `safe-regex2` overlook patterns such as `/ab(?:ab)*c/` and `/": .*"/`.
 */
export const linearPatterns = {
  meta: { type: 'problem', schema: [], messages },
  create: (context) => {
    const refuseMade = (node) => {
      if (node.callee.name === 'RegExp') context.report({ node, messageId: 'made' });
    };
    return {
      'Literal[regex]': (node) => {
        const { pattern, flags } = node.regex;
        const result = checkSync(pattern, flags, { timeout });
        if (result.status === 'vulnerable') {
          const data = { complexity: result.complexity.summary, attack: result.attack.pattern.slice(0, 100) };
          context.report({ node, messageId: 'slow', data });
        }
        if (result.status === 'unknown') {
          context.report({ node, messageId: 'unknown', data: { reason: result.error.kind } });
        }
      },
      NewExpression: refuseMade,
      CallExpression: refuseMade,
    };
  },
};
