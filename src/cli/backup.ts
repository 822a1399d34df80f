import { type Command, main, readFolder } from './command.js';
import { writeBackup } from './write-backup.js';

/** `npm run backup -- <folder>`: DATA_DIR as it is now, while the service runs. */
const backup: Command = async (args, { dataDir }) => {
  const folder = readFolder(args, 'backup');
  const { begun, files } = await writeBackup({ dataDir, folder, begun: new Date() });
  const list = files.map(({ name, bytes }) => `- ${name} (${bytes} bytes)`);
  return [`Everything acknowledged before ${begun} is in ${folder}:`, ...list].join('\n');
};

await main(backup);
