/** A listening socket on loopback that can be shut and opened again on the same port. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const HOST = '127.0.0.1';
const OPEN_WITHIN_MS = 5000;

export interface Door {
  readonly port: number;
  /** Shut: connections are cut and new ones refused. Done when the promise is; what was asked for last wins. */
  set(isOpen: boolean): Promise<void>;
  /** When what was asked for last is done. */
  settled(): Promise<void>;
}

async function listen(server: Server, port: number): Promise<boolean> {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    // In Jest the errors of Node are no instances of the test's Error.
    const hasCode = typeof error === 'object' && error !== null && 'code' in error;
    if (hasCode && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/**
 * Below the ports that systems hand out for outgoing connections: while the door is shut none of those takes the
 * port, and no client that keeps knocking gets connected to itself.
 */
const portsToTry = () => Array.from({ length: 20 }, () => 15_000 + Math.floor(Math.random() * 15_000));

async function listenSomewhere(server: Server, ports: readonly number[]): Promise<number> {
  for (const port of ports) if (await listen(server, port)) return port;
  throw new Error(`None of the ports ${ports.join(', ')} is free.`);
}

async function open(server: Server, port: number): Promise<void> {
  const deadline = Date.now() + OPEN_WITHIN_MS;
  while (!(await listen(server, port))) {
    if (Date.now() > deadline) throw new Error(`Port ${port} was taken while nobody listened on it.`);
    await pause(50);
  }
}

async function shut(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Listens on the port, or on a free one. Rejects when it cannot. */
export async function openDoor(server: Server, port?: number): Promise<Door> {
  const taken = await listenSomewhere(server, port === undefined ? portsToTry() : [port]);
  let isOpen = true;
  let wanted = true;
  let work = Promise.resolve();
  const step = async () => {
    const next = wanted;
    if (next === isOpen) return;
    await (next ? open(server, taken) : shut(server));
    isOpen = next;
  };
  return {
    port: taken,
    set: (next) => {
      wanted = next;
      work = work.catch(() => undefined).then(step);
      return work;
    },
    settled: () => work,
  };
}
