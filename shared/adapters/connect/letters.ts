import { realTiming } from '../timing.ts'
import { type Connector, signing } from './connecting.ts'
import { memory } from './kept.ts'

export const letters: Connector<'letters'> = ({ accountId, letters: at, credentials }) =>
  memory.keep('letters', [at, accountId, credentials], async () => {
    const [{ lettersOver }, { letterBox }] = await Promise.all([import('../letters.ts'), import('../mns/letter-box.ts')])
    return lettersOver(await letterBox({ queue: at, accountId }, signing(credentials)), realTiming)
  })
