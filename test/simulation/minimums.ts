import { troubleKinds } from './weather.ts'

/**
 * How often each kind of trouble, and what each rule speaks of, must at least occur in a thousand seeds: a rule that never had an occasion to
 * be broken was not tested. A good third of what was measured, so that chance alone does not fail it.
 */
export const minimums: readonly { what: string; counts: readonly string[]; perThousand: number }[] = [
  ...troubleKinds.map(kind => ({ what: `trouble: ${kind}`, counts: [`trouble ${kind}`], perThousand: kind === 'throttled' ? 100 : 200 })),
  { what: 'rule 1: a call that was accepted', counts: ['call accepted'], perThousand: 200 },
  { what: 'rule 1: a call whose fate nobody knew', counts: ['renewal Unknown'], perThousand: 100 },
  { what: 'rule 1: the one automatic second attempt', counts: ['second attempt'], perThousand: 100 },
  { what: 'rule 1: a call that was refused', counts: ['call refused'], perThousand: 13 },
  { what: 'rule 1: a renewal by somebody else, adopted', counts: ['decided adopt'], perThousand: 50 },
  { what: "rule 1: a task of Alibaba's own that an update left over, cancelled", counts: ['task cancelled'], perThousand: 2 },
  { what: "rule 1: a task of Alibaba's own that an update left over, told", counts: ['task left over'], perThousand: 2 },
  { what: 'rule 2: a wait for the window or the end of a freeze', counts: ['decided wait MaintenanceWindow'], perThousand: 800 },
  { what: 'rule 2: a call that came too late for its callBefore', counts: ['decided late'], perThousand: 5 },
  { what: 'rule 2: a no', counts: ['people reject'], perThousand: 40 },
  { what: 'rule 2: an answer that lapsed', counts: ['decided refuse ApprovalLapsed', 'plan Lapsed'], perThousand: 15 },
  { what: 'rule 2: a wait for a slot', counts: ['decided wait Slot'], perThousand: 150 },
  { what: 'rule 2: a wait while halted or stuck', counts: ['decided wait Resume'], perThousand: 480 },
  { what: 'rule 2: a person who stopped everything', counts: ['people stop'], perThousand: 40 },
  { what: 'rule 2: a restart that got stuck', counts: ['rollout RestartStuck'], perThousand: 100 },
  { what: 'rule 2: a wait while the policy observes', counts: ['decided wait Act'], perThousand: 160 },
  {
    what: "rule 3: a certificate of the owner's own",
    counts: ['decided refuse CustomCertificate', 'decided refuse PossiblyCustom'],
    perThousand: 15,
  },
  { what: 'rule 3: an issuer that nobody could see', counts: ['decided wait Issuer'], perThousand: 200 },
  { what: 'rule 3: a setting that a call must send back', counts: ['settings at stake'], perThousand: 60 },
  { what: 'rule 4: a renewal proven', counts: ['renewal Proven'], perThousand: 170 },
  { what: 'rule 4: a renewal refuted', counts: ['renewal Refuted'], perThousand: 30 },
  { what: 'rule 4: an endpoint not reached', counts: ['handshake not reached'], perThousand: 100 },
  { what: 'rule 5: a bundle replaced', counts: ['bundle replaced'], perThousand: 200 },
  { what: 'rule 5: a bundle refused', counts: ['attention BundleRefused'], perThousand: 30 },
  { what: 'rule 5: a wait for a fresh bundle', counts: ['decided wait Bundle'], perThousand: 14 },
  { what: 'rule 6: a certificate near its end in a scan', counts: ['near deadline'], perThousand: 500 },
  { what: 'rule 6: a scan that left something out', counts: ['attention ScanIncomplete'], perThousand: 30 },
  { what: 'rule 7: a private key that reached a process', counts: ['key seen'], perThousand: 300 },
  { what: 'rule 8: a GET', counts: ['people GET'], perThousand: 45 },
  { what: 'rule 8: a promise that changed', counts: ['decided refuse PromiseChanged', 'decided refuse EndpointMoved'], perThousand: 10 },
  { what: 'rule 8: an item that stood in two plans', counts: ['plan Dropped'], perThousand: 2 },
]

/** What occurred too rarely in so many seeds, as sentences. */
export function rarities(counts: ReadonlyMap<string, number>, seeds: number): string[] {
  return minimums.flatMap(({ what, counts: names, perThousand }) => {
    const [seen, least] = [countOf(counts, names), Math.floor((perThousand * seeds) / 1000)]
    return seen < least ? [`${what}: ${seen} times in ${seeds} seeds, at least ${least} were to be`] : []
  })
}

export const countOf = (counts: ReadonlyMap<string, number>, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
