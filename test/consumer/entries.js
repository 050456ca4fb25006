import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'graphql';

// Each entry that the installed package says it has, by the name that others use.
const name = 'esim-usage-gateway';
const resolve = (entry) => fileURLToPath(import.meta.resolve(`${name}${entry.slice(1)}`));

function spelledOut(entry) {
  if (!entry.includes('*')) return [entry];
  const [before = '', after = ''] = entry.split('*');
  return readdirSync(dirname(resolve(entry)))
    .filter((file) => file.endsWith(after))
    .map((file) => `${before}${basename(file, after)}${after}`);
}

async function use(entry) {
  if (entry.endsWith('.json')) return JSON.parse(readFileSync(resolve(entry), 'utf8'));
  if (entry.endsWith('.graphql')) return parse(readFileSync(resolve(entry), 'utf8')).definitions;
  return import(`${name}${entry.slice(1)}`);
}

const { exports } = JSON.parse(readFileSync(resolve('./package.json'), 'utf8'));
const entries = Object.keys(exports).flatMap(spelledOut);
for (const entry of entries)
  if (Object.keys(await use(entry)).length === 0) throw new Error(`${entry}: there is nothing in it`);
console.log(entries.join(' '));
