/**
 * What the simulation holds the product to: the eight rules of the design, each by its parts, and what a storm adds. A violation and a mutant
 * name one of these. Every oracle reads the world (the service's model, what people did and were told, what was sent), never our fold of it.
 */
export const rules = {
  '1 once': 'one certificate causes at most one Update Validity that takes effect, and none where it is replaced already',
  '1 patience': 'no second call until 15 minutes after the first one, unless the first was clearly not accepted; never a third',
  '1 refused': 'a refusal that would be said again ends the renewal: nothing is called after it, and people hear of it',
  '1 left over':
    "a TLS task of Alibaba's own that an update of ours leaves over is cancelled where it may be, else told; no other task is touched",
  '2 window': 'a restart begins and ends inside the maintenance window, called with restart and margin to spare',
  '2 freeze': 'no restart reaches into a freeze',
  '2 approval': 'nothing is called without a yes that still holds, or a policy that says automatic',
  '2 concurrency': 'never more restarts at once than any of their groups allows',
  '2 family': 'never a restart beside a relative that restarts',
  '2 halt': 'nothing is called while a person or the brake has halted the rollout',
  '2 observe': 'nothing is called while the policy only observes',
  '3 custom': 'a certificate that its owner brought is never renewed',
  '3 protection': 'SSLEnabled=0 is never sent, and the protected endpoint never moves',
  '3 echo': 'every setting that was read is sent back',
  '4 proven': 'done is said only where the expiry moved and a handshake showed a new leaf that the published bundle verifies',
  '4 refuted': 'a renewal whose handshake refutes it halts the rollout and alarms',
  '5 bundle': 'no bundle is published with which an endpoint that verified no longer verifies, nor with other roots',
  '5 fresh': 'nothing is called on a bundle that was not checked against its source within a day',
  '5 waiting': 'nothing is called while a new bundle waits for a person',
  '6 deadline': 'a certificate near its deadline, and a scan that left something out, are announced every day',
  '7 secrets': 'no secret is in a journal entry, a message, a card or a log line',
  '8 promise': 'nothing is called for an instance that differs from what was asked',
  '8 asked': 'nobody is asked twice about an unchanged item',
  '8 get': 'a GET changes nothing',
  'journal first': 'an event is sent only once the journal says what it says',
  named: 'once the troubles stop, every open renewal ends or has a named wait, within bounded time',
  crash: 'a step throws nothing but its own faults',
} as const

export type Rule = keyof typeof rules
