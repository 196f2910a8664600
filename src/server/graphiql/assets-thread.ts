// The thread that makes the assets of GraphiQL's page: 9 MB of text, which take a second to load and to compress.
import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { fetcherScript } from './fetcher-script.ts';
import { ownStyle } from './own-style.ts';
import { pageScript } from './page-script.ts';
import { tokenScript } from './token-script.ts';

/** Stands for the options, which the script reads from the page. */
const place = { title: 'of the page' };
const options = "{ ...JSON.parse(document.getElementById('options').textContent), ...lastTab(), fetcher }";

const page = renderGraphiQL(place);
const [, afterStyle] = halves(page, '<style>');
const [style, afterHead] = halves(afterStyle, '</style>');
const [, script] = halves(afterHead, '<script>');
const [beforeOptions, afterOptions] = halves(mended(script), JSON.stringify(place));
const [afterOptionsOfScript] = halves(afterOptions, '</script>');

parentPort?.postMessage({
  'graphiql.js': gzipSync(
    [tokenScript, fetcherScript, pageScript, beforeOptions + options + afterOptionsOfScript].join('\n'),
  ),
  'graphiql.css': gzipSync(`${style}\n${ownStyle}\n`),
});

/** The script with what its options cannot change. Its version is pinned, so its names are. */
function mended(text: string): string {
  const changes: [string, string][] = [
    // What `fetcher` gives may know itself how it is shown. GraphiQL prints all else.
    [
      'B=ee=>{if(x!==t().queryId)return;',
      'B=ee=>{if(x!==t().queryId)return;if(ee.showIn){e({isFetching:!1}),ee.showIn(a,y);return}',
    ],
    [
      '(e,t)=>({theme:null,actions:{setTheme(i){',
      '(e,t)=>(followSystem(t),{theme:null,actions:{setTheme(i){',
    ],
    // A result is shown from its begin, whatever was shown before.
    ['function y(N){a?.setValue(N),', 'function y(N){a?.setValue(N),a?.setScrollTop(0),'],
    // Icons are named after functions, whose names were lost when the script was made small, as in "wze icon". Each
    // stands in a button with a name of its own, or beside a text.
    ['r=H.jsx(n,{title:e,...i})', 'r=H.jsx(n,{"aria-hidden":!0,...i})'],
  ];
  return changes.reduce((changed, [before, after]) => halves(changed, before).join(after), text);
}

function halves(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`The page of GraphiQL has no ${at}.`);
  return [text.slice(0, index), text.slice(index + at.length)];
}
