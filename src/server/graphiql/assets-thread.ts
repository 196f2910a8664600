// The thread that makes the assets of GraphiQL's page: 9 MB of text, which take a second to load and to compress.
import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { tokenScript } from './token-script.ts';

// The animation of the tabs moves a pressed tab a little. The tab moves away from the pointer, and the first
// click on it would be lost.
const ownStyle = '.graphiql-tab { transform: none !important; }';

/** Stands for the options, which the script reads from the page. */
const place = { title: 'of the page' };
const options = "JSON.parse(document.getElementById('options').textContent)";

const page = renderGraphiQL(place);
const [, afterStyle] = halves(page, '<style>');
const [style, afterHead] = halves(afterStyle, '</style>');
const [, script] = halves(afterHead, '<script>');
const [beforeOptions, afterOptions] = halves(script, JSON.stringify(place));
const [afterOptionsOfScript] = halves(afterOptions, '</script>');

parentPort?.postMessage({
  'graphiql.js': gzipSync(`${tokenScript}\n${beforeOptions}${options}${afterOptionsOfScript}`),
  'graphiql.css': gzipSync(`${style}\n${ownStyle}\n`),
});

function halves(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  if (index < 0) throw new Error(`The page of GraphiQL has no ${at}.`);
  return [text.slice(0, index), text.slice(index + at.length)];
}
