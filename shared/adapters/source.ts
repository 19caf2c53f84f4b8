import { Fault } from '../errors.ts'
import { FormatError } from '../formats/format-error.ts'
import { readTrustBundle } from '../formats/trust.ts'
import type { BundleSource } from '../ports.ts'
import { download, type Fetch } from './download.ts'
import { retrying } from './retry.ts'
import type { Timing } from './timing.ts'

/** The real archive has about 200 KB. */
const limits = { bytes: 8_000_000, ms: 30_000 }

/** The BundleSource port over the vendor's archive at `url`. */
export function sourceAt(url: string, timing: Timing, fetch: Fetch): BundleSource {
  return {
    async fetch() {
      const archive = await retrying(() => download(url, 'the CA archive', limits, fetch), timing)
      if (archive.found !== true) throw new Fault('Unreachable', 'the CA archive: 404 at CA_BUNDLE_URL')
      try {
        return await readTrustBundle(archive.bytes)
      } catch (error) {
        if (error instanceof FormatError) throw new Fault('BadArchive', `the CA archive: ${error.code}: ${error.message}`)
        throw error
      }
    },
  }
}
