/** How our cookies are set (RFC 6265bis): `__Host-` binds them to this host, https and the whole path. */
export interface CookieRules {
  /** Pages of ours stand in frames of other sites: without this a browser would not send the cookie there. */
  readonly isFramed: boolean;
}

/** `maxAge`: seconds; null until the browser is closed. */
export function setCookie(
  name: string,
  value: string,
  { isFramed, maxAge }: CookieRules & { maxAge: number | null },
): string {
  return [
    `${name}=${value}`,
    'Path=/',
    'HttpOnly',
    'Secure',
    // One jar for each site that frames us: none can follow a person to another.
    ...(isFramed ? ['SameSite=None', 'Partitioned'] : ['SameSite=Lax']),
    ...(maxAge === null ? [] : [`Max-Age=${maxAge}`]),
  ].join('; ');
}

export function clearCookie(name: string, rules: CookieRules): string {
  return setCookie(name, '', { ...rules, maxAge: 0 });
}

/** Every value of that name: a browser may send two, one of them partitioned. At most a few are worth opening. */
export function readCookies(header: string | undefined, name: string): string[] {
  const pairs = (header ?? '').split(';').map((one) => one.trim());
  return pairs
    .filter((one) => one.startsWith(`${name}=`))
    .map((one) => one.slice(name.length + 1))
    .slice(0, 3);
}
