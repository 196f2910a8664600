/**
 * A script of GraphiQL's page: `fetchWithToken` sends a request with the token, and asks for it when the gateway refuses
 * one. The token stays in the tab of the browser: it is gone when the tab is closed.
 */
export const tokenScript = /* JavaScript */ `
const fetchWithToken = (() => {
  const key = 'meltano-graphql-token';
  let asking = null;

  return async (address, options) => {
    for (;;) {
      const token = sessionStorage.getItem(key);
      const headers = new Headers(options.headers);
      // Whoever gives a header of their own knows better.
      const isOurs = !headers.has('authorization');
      if (isOurs && token !== null) headers.set('authorization', 'Bearer ' + token);
      const answer = await fetch(address, { ...options, headers });
      if (answer.status !== 401 || !isOurs) return answer;
      // Another request may have asked meanwhile.
      if (sessionStorage.getItem(key) !== token) continue;
      asking ??= ask(token !== null).finally(() => { asking = null; });
      if (!(await asking)) return answer;
    }
  };

  /** Resolves to whether a token was given. */
  function ask(wasWrong) {
    const make = (name, properties) => Object.assign(document.createElement(name), properties);
    const dialog = make('dialog', { id: 'token-dialog' });
    const form = make('form', { method: 'dialog' });
    const input = make('input', { type: 'password', autocomplete: 'off', required: true, size: 40 });
    const label = make('label', { textContent: 'Token of this gateway ' });
    label.append(input);
    form.append(
      make('p', { textContent: wasWrong ? 'This is not the token of this gateway.' : 'This gateway asks for its token.' }),
      label,
      make('button', { textContent: 'Send' }),
    );
    dialog.append(form);
    document.body.append(dialog);
    return new Promise((resolve) => {
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        // A token has no blanks; a copied line may end with one.
        sessionStorage.setItem(key, input.value.trim());
        dialog.close('given');
      });
      dialog.addEventListener('close', () => {
        dialog.remove();
        resolve(dialog.returnValue === 'given');
      });
      dialog.showModal();
    });
  }
})();
`;
