import { createServer } from 'node:http';

/** The limit: reads what is asked, does not look at it, and answers what it was told last, headers and all. */
let headers = [];
let bytes = Buffer.alloc(0);
process.on('message', (told) => {
  headers = told.headers;
  bytes = Buffer.from(told.text);
  process.send('told');
});

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    Buffer.concat(parts);
    response.writeHead(200, headers);
    response.end(bytes);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
