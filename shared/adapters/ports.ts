import { approvals } from './connect/approvals.ts'
import { bundles } from './connect/bundles.ts'
import { chat } from './connect/chat.ts'
import { connecting } from './connect/connecting.ts'
import { identities } from './connect/identities.ts'
import { journal } from './connect/journal.ts'
import { letters } from './connect/letters.ts'
import { logNames } from './connect/log-names.ts'
import { policyFile } from './connect/policy-file.ts'
import { probes } from './connect/probes.ts'
import { queue } from './connect/queue.ts'
import { rds } from './connect/rds.ts'
import { source } from './connect/source.ts'
import { trust } from './connect/trust.ts'

export type { PortsFor } from './connect/connecting.ts'

/** Every port, for whoever is no deployed function: a function names its connectors, or its bundle would carry every SDK. */
export const portsFor = connecting({
  approvals,
  bundles,
  chat,
  identities,
  journal,
  letters,
  logNames,
  policyFile,
  probes,
  queue,
  rds,
  source,
  trust,
})
