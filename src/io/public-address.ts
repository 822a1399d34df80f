import { BlockList, isIP } from 'node:net';

/** IANA special-purpose registry: this machine, its networks, link-local, shared, reserved, multicast. */
const V4_OURS = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Within global unicast: Teredo and its neighbours, documentation, 6to4. */
const V6_OURS = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** NAT64 (RFC 6052): an IPv4 address in the last 32 bits, which counts. */
const NAT64 = '64:ff9b::';

/**
 * Whether an IP address is one of the public internet. False for what leads to this machine or its networks, for
 * IPv4 in the clothes of IPv6 (`::ffff:127.0.0.1`), and for what is no address at all.
 */
export function isPublicAddress(text: string): boolean {
  const family = isIP(text);
  if (family === 4) return !REFUSED.check(text, 'ipv4');
  return family === 6 && GLOBAL.check(text, 'ipv6') && !REFUSED.check(text, 'ipv6');
}

const REFUSED = new BlockList();
for (const [net, bits] of V4_OURS) {
  REFUSED.addSubnet(net, bits, 'ipv4');
  REFUSED.addSubnet(`${NAT64}${net}`, 96 + bits, 'ipv6');
}
for (const [net, bits] of V6_OURS) REFUSED.addSubnet(net, bits, 'ipv6');

/** Loopback, link-local, unique-local and multicast are outside. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
GLOBAL.addSubnet(NAT64, 96, 'ipv6');
