/** What GraphiQL's page adds to its style. */
export const ownStyle = `
/* The animation of the tabs moves a pressed tab a little. The tab moves away from the pointer, and the first click on it
   would be lost. */
.graphiql-tab { transform: none !important; }

/* The title stays in one line beside many tabs. */
.graphiql-logo { flex-shrink: 0; white-space: nowrap; }

/* What the browser draws itself follows the theme, too: scroll bars, and the dialog that asks for the token. */
:root { color-scheme: light dark; }
:root:has(> body.graphiql-light) { color-scheme: light; }
:root:has(> body.graphiql-dark) { color-scheme: dark; }
`;
