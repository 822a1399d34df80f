import { createLogger as createWinston, format, transports, type Logger as Winston } from 'winston';

/**
 * What a log line may carry. Everything else is dropped: no body, no query, no id of a resource, no header can
 * reach the log by being passed along.
 */
const FIELDS = [
  'level',
  'message',
  'timestamp',
  'requestId',
  'method',
  'route',
  'status',
  'ms',
  'code',
  'stack',
  'url',
  'state',
];

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** No patient data: `route` is the pattern and not the path, `url` one of our own, `stack` from a bug of ours. */
export interface LogFields {
  readonly requestId?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly code?: string;
  readonly stack?: string;
  readonly url?: string;
  readonly state?: string;
}

const allowListed = format((info) => {
  for (const key of Object.keys(info)) if (!FIELDS.includes(key)) delete info[key];
  return info;
});

/** JSON lines on standard output. */
export function createLogger(level: string): Winston & Logger {
  return createWinston({
    level,
    format: format.combine(format.timestamp(), allowListed(), format.json()),
    transports: [new transports.Console()],
  });
}
