import { limiter, rdsRate } from '../limiter.ts'
import { realTiming as timing } from '../timing.ts'
import { type Connector, signing } from './connecting.ts'
import { memory } from './kept.ts'

export const rds: Connector<'rds'> = ({ rds: at, region, credentials }) =>
  memory.keep('rds', [at, region, credentials], async () => {
    const [{ rdsOver }, { loadClient }] = await Promise.all([import('../rds/rds.ts'), import('../rds/client.ts')])
    const { clientOf, requests } = await loadClient(at, signing(credentials))
    return rdsOver({ clientOf, requests, limiter: limiter(rdsRate(at.perMinute), timing), timing, home: region, regions: at.regions })
  })
