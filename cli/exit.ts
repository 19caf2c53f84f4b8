/** Exit statuses. 0 to 3 are those of monitoring plugins, so that a check command can be used as it is; those from 64 on are sysexits.h's. */
export const exit = {
  fine: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
  refused: 4,
  declined: 5,
  usage: 64,
  badInput: 65,
  unavailable: 69,
  defect: 70,
  tryAgain: 75,
  denied: 77,
  config: 78,
  interrupted: 130,
} as const

export type Exit = (typeof exit)[keyof typeof exit]

/** What each means, for `rds-tls help`. Checks are handshake, status, doctor, bundle and policy check. */
export const meanings: readonly (readonly [Exit, string])[] = [
  [exit.fine, 'done; in a check: all is well'],
  [exit.warning, 'a check found something that needs a person in time'],
  [exit.critical, 'a check found something that fails now, or is about to'],
  [exit.unknown, 'a check could not see enough to say'],
  [exit.refused, 'what was asked cannot be done; the sentence says why'],
  [exit.declined, 'you said no, or there was no terminal to ask you at'],
  [exit.usage, 'wrong usage'],
  [exit.badInput, 'a file is not what it should be'],
  [exit.unavailable, 'a service did not answer, or nothing is deployed there'],
  [exit.defect, 'a defect of rds-tls itself'],
  [exit.tryAgain, 'busy: the same command may succeed later'],
  [exit.denied, 'the cloud said no: permission, key or signature'],
  [exit.config, 'no credentials, or settings that cannot be'],
  [exit.interrupted, 'ended by Ctrl-C'],
]

/** The worse of two verdicts of a check. Something that fails now weighs more than something that could not be seen. */
export function worse(a: Exit, b: Exit): Exit {
  const order: readonly Exit[] = [exit.fine, exit.warning, exit.unknown, exit.critical]
  return order.indexOf(a) >= order.indexOf(b) ? a : b
}
