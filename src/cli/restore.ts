import { type Command, main, readFolder } from './command.js';
import { restoreBackup } from './restore-backup.js';

/** `npm run restore -- <folder>`: a new DATA_DIR from a backup, before the service starts. */
const restore: Command = async (args, { dataDir }) => {
  const folder = readFolder(args, 'restore');
  const { begun, files } = await restoreBackup({ dataDir, folder });
  const names = files.map(({ name }) => name).join(', ');
  return `${dataDir} is as it was at ${begun} (${names}); its hashes and stores are sound. The service can be started.`;
};

await main(restore);
