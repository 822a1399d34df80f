/**
 * Asks the registry what is known against the packages that the service runs on. Fails for what is high or critical.
 * Where the registry cannot be asked it says so and passes, as nothing is known; with AUDIT_REQUIRED=1 that fails too.
 */
import { spawnSync } from 'node:child_process';

const WAIT_MS = 60_000;

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: WAIT_MS,
  env: { ...process.env, npm_config_fetch_retries: '0', npm_config_update_notifier: 'false' },
});
const report = read(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts) judge(report, counts);
else unknown(error?.message ?? report?.message ?? report?.error?.summary ?? 'it did not answer');

function judge({ vulnerabilities = {}, metadata }, { high, critical, total }) {
  const packages = metadata.dependencies?.prod ?? 'the';
  tell(
    `audit: ${packages} packages in production, ${total} with known faults, ${high + critical} of them high or critical`,
  );
  for (const { name, severity, via } of Object.values(vulnerabilities)) {
    const titles = via.map((one) => (typeof one === 'string' ? one : `${one.title} ${one.url}`));
    tell(`  ${severity}: ${name}: ${titles.join('; ')}`);
  }
  if (high + critical > 0) process.exitCode = 1;
}

function unknown(reason) {
  const isRequired = process.env.AUDIT_REQUIRED === '1';
  tell(`audit: not done, the registry cannot be asked here (${reason}); nothing is known, good or bad`);
  if (isRequired) process.exitCode = 1;
}

function tell(line) {
  process.stdout.write(`${line}\n`);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
