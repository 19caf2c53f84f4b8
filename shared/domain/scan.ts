import * as z from '../schema.ts'
import { expiryVerdict } from './expiry.ts'
import { proxySeen } from './proxy.ts'

/**
 * What the log `scans/<day>` says: one entry for each page of the fleet, so that a scan longer than a function's time goes on where it was.
 * A region that fails is told and passed over; the scan is complete only when every region was.
 */
export const scanFact = z.lazy(() =>
  z.discriminatedUnion('fact', [
    z.strictObject({ fact: z.literal('Started'), regions: z.array(z.string()).check(z.minLength(1)), policy: z.int().check(z.minimum(1)) }),
    z.strictObject({
      fact: z.literal('Page'),
      region: z.string(),
      next: z.optional(z.string()),
      verdicts: z.array(expiryVerdict),
      proxies: z.optional(z.array(proxySeen)),
    }),
    z.strictObject({ fact: z.literal('RegionFailed'), region: z.string(), code: z.string(), message: z.string() }),
    /** `missed` are the regions that failed: whoever asks when the fleet was last seen whole reads this entry alone. */
    z.strictObject({ fact: z.literal('Ended'), plans: z.array(z.string()), missed: z.optional(z.array(z.string()).check(z.minLength(1))) }),
  ]),
)
export type ScanFact = z.infer<typeof scanFact>

export type ScanState = {
  started: boolean
  regions: readonly string[]
  /** Where to go on: the first region that is not done, and the token of its next page. */
  cursor: { region: string; next: string | undefined } | undefined
  verdicts: readonly z.infer<typeof expiryVerdict>[]
  proxies: readonly z.infer<typeof proxySeen>[]
  failed: readonly { region: string; code: string; message: string }[]
  ended: readonly string[] | undefined
}

export const noScan: ScanState = { started: false, regions: [], cursor: undefined, verdicts: [], proxies: [], failed: [], ended: undefined }

export function evolveScan(state: ScanState, fact: ScanFact): ScanState {
  switch (fact.fact) {
    case 'Started': {
      const [region] = fact.regions
      return { ...state, started: true, regions: fact.regions, cursor: region === undefined ? undefined : { region, next: undefined } }
    }
    case 'Page': {
      const verdicts = [...state.verdicts, ...fact.verdicts]
      const proxies = [...state.proxies, ...(fact.proxies ?? [])]
      const cursor = fact.next === undefined ? after(state, fact.region) : { region: fact.region, next: fact.next }
      return { ...state, verdicts, proxies, cursor }
    }
    case 'RegionFailed':
      return {
        ...state,
        failed: [...state.failed, { region: fact.region, code: fact.code, message: fact.message }],
        cursor: after(state, fact.region),
      }
    case 'Ended':
      return { ...state, ended: fact.plans, cursor: undefined }
  }
}

function after(state: ScanState, region: string): ScanState['cursor'] {
  const next = state.regions[state.regions.indexOf(region) + 1]
  return next === undefined ? undefined : { region: next, next: undefined }
}
