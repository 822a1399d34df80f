import type { Request } from 'express';
import type { Ports } from '../operations/ports.js';
import { readInLanguage } from '../operations/read-content.js';
import type { Reply } from './reply.js';
import { resourceReply } from './reply.js';
import { pathPart } from './request.js';

/** An authored resource, in a language that `Accept-Language` asks for where it has one. */
export function contentReply(type: string, req: Request, ports: Ports): Reply {
  const choose = (languages: readonly string[]) => req.acceptsLanguages([...languages]) || undefined;
  const resource = readInLanguage(type, pathPart(req, 'id'), choose, ports);
  const reply = resourceReply(resource);
  if (resource.resourceType !== 'Questionnaire') return reply;
  const language = resource.language && { 'Content-Language': resource.language };
  return { ...reply, headers: { ...reply.headers, Vary: 'Accept-Language', ...language } };
}
