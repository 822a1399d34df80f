/** The line between the service and a FHIR server, on loopback: it can be cut, and it can lose an answer. */
import { connect, createServer, type Socket } from 'node:net';

/**
 * `open`: all passes. `cut`: nothing does. `deaf`: what is asked gets there, and the answer to a POST does not
 * come back.
 */
export type LineState = 'open' | 'cut' | 'deaf';

export type Line = {
  /** The FHIR base as it is reached through the line. */
  url: string;
  state: LineState;
  /** Answers that were lost. */
  lost: number;
  close: () => Promise<void>;
};

/** The method of the request that begins with these bytes; undefined within a body. */
const methodIn = (bytes: Buffer) => /^(GET|POST|PUT|DELETE) /.exec(bytes.toString('latin1', 0, 8))?.[1];

/** To a FHIR base such as `http://127.0.0.1:8080/fhir`. */
export async function startLine(target: string): Promise<Line> {
  const { hostname, port, pathname } = new URL(target);
  const open = new Set<Socket>();
  const join = (near: Socket) => {
    if (line.state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect({ host: hostname, port: Number(port) });
    let method: string | undefined;
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (bytes) => {
      method = methodIn(bytes) ?? method;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (line.state === 'deaf' && method === 'POST') {
        line.lost += 1;
        near.destroy();
      } else near.write(bytes);
    });
  };
  const server = createServer(join);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = address !== null && typeof address === 'object' ? address.port : 0;
  let state: LineState = 'open';
  const hangUp = () => {
    for (const socket of open) socket.destroy();
  };
  const line: Line = {
    url: `http://127.0.0.1:${own}${pathname}`,
    lost: 0,
    get state() {
      return state;
    },
    set state(next) {
      state = next;
      if (next === 'cut') hangUp();
    },
    close: () =>
      new Promise((resolve) => {
        hangUp();
        server.close(() => resolve());
      }),
  };
  return line;
}
