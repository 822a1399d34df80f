import type { Access } from './access.js';
import type { Credentials } from './credentials.js';
import type { Invitation } from './invitation-port.js';

/** Who is signed in. The browser has a cookie that means nothing to it; all that it opens is kept here. */
export interface Sessions {
  /**
   * null: no cookie, or one that opens nothing. `cookieHeader`: all of `Cookie`, as it was sent. `isByItself`: a page
   * asks, and perhaps nobody is there: that keeps nobody signed in.
   */
  find(cookieHeader: string | undefined, isByItself?: boolean): Promise<Session | null>;
  /**
   * → the `Set-Cookie` that opens it, under an id that never was one before. What the browser had open until then
   * (`before`: its `Cookie`) is ended, so that nobody goes on in a session that somebody else began.
   */
  begin(session: NewSession, before?: string): Promise<string>;
  /** → the `Set-Cookie` that takes the cookie away. */
  end(session: Pick<Session, 'id'>): Promise<string>;
}

export interface Session {
  readonly id: string;
  readonly kind: 'smart' | 'invitation';
  readonly access: Access;
  /** Whose token goes along to the FHIR server; null: the service's own does. */
  readonly credentials: Credentials | null;
  /**
   * Over, but for what was being written: for an hour it may still save answers, where it was about one patient about
   * that one alone, and ask what they call for. Nothing is read by it any more.
   */
  readonly isLapsed: boolean;
  /** FHIR base of the EHR that the person signed in at; null for an invitation. */
  readonly iss: string | null;
  /** `Encounter/{id}` in which they were sent here; null for none. */
  readonly encounter: string | null;
  /** The one intake that an invitation is about; absent for anybody else. */
  readonly invited?: Pick<Invitation, 'intake' | 'questionnaire'>;
}

export interface NewSession {
  readonly kind: Session['kind'];
  /** Resource scopes, with spaces between, as a token would say them. */
  readonly scope: string;
  readonly access: Omit<Access, 'grants'>;
  readonly iss: string | null;
  readonly encounter: string | null;
  /** null where there is no EHR behind it. */
  readonly tokens: Tokens | null;
  /** When it lapses, whatever is done in it. */
  readonly endsAt: Date;
  /** Milliseconds without a request after which it lapses; null for any. */
  readonly idleMs: number | null;
}

/** What an authorization server gave for one person. Never logged, never shown to a browser. */
export interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** null: when it has run out, the person must sign in again. */
  readonly refreshToken: string | null;
}

/** What came of asking for new tokens; `later`: the server could not be asked. */
export type Renewed =
  | { readonly state: 'renewed'; readonly tokens: Tokens; readonly scope: string | null }
  | { readonly state: 'refused' }
  | { readonly state: 'later' };
