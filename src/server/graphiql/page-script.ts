/** A script of GraphiQL's page: what GraphiQL itself leaves out. */
export const pageScript = /* JavaScript */ `
/** Follows the system from light to dark and back, while no theme was chosen. GraphiQL's editors do not by themselves. */
function followSystem(state) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    const { theme, actions } = state();
    if (theme === null) actions.setTheme(null);
  });
}

/** The tab that was open last, for an address that names no query. GraphiQL would open an empty one. */
function lastTab() {
  if (new URLSearchParams(location.search).has('query')) return {};
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem('graphiql:tabState'));
    const { query, variables } = tabs[activeTabIndex];
    return { query, variables };
  } catch {
    return {};
  }
}
`;
