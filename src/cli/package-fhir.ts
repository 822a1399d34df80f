import { join } from 'node:path';
import { toFhirPackage } from '../fhir/package.js';
import { writeFhirPackage } from '../io/fhir-package.js';
import { loadResources } from '../io/resources.js';
import { type Command, main, readFolder } from './command.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** `npm run package:fhir [-- <folder>]`: the content as a FHIR package, by default below `dist`. */
const packageFhir: Command = async (args) => {
  const folder = args.length === 0 ? join(ROOT, 'dist', 'fhir-package') : readFolder(args, 'package:fhir');
  const fhirPackage = toFhirPackage(await loadResources(join(ROOT, 'resources')));
  const { path, bytes, sha256 } = await writeFhirPackage(fhirPackage, folder);
  const { name, version, resources } = fhirPackage;
  return `${name}#${version}: ${resources} resources, ${bytes} bytes, sha256 ${sha256}\n${path}`;
};

await main(packageFhir);
