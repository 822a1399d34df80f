// Serves the built embedded server until it is killed. Arguments: data directory. Says its URL on one line.
import { createEmbeddedServer } from '../../dist/embedded/embedded-server.js';

const dataDir = process.argv[2] ?? '';
const server = await createEmbeddedServer({ dataDir, port: 0, now: () => new Date() });
process.stdout.write(`${server.url}\n`);
// Never outlives the test that started it.
process.stdin.on('end', () => process.exit(0)).resume();
