import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { buildSchema, introspectionFromSchema } from 'graphql';

const sdl = execFileSync('npx', ['esim-usage-gateway', 'print-schema', '--plain'], { encoding: 'utf8' });
const schema = introspectionFromSchema(buildSchema(sdl), { descriptions: false });
writeFileSync('src/generated/schema.json', JSON.stringify(schema));
