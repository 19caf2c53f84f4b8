/** One request as a server of the embedded cloud sees it, after its signature was accepted. */
export type Call = {
  service: 'rds' | 'mns' | 'oss' | 'fc' | 'sts' | 'chat'
  /** The API's own name: `ModifyDBInstanceSSL`, `SendMessage`, `PutObject`, `InvokeFunction`. */
  action: string
  /** What it is about: an instance id, a queue's name, `bucket/key`, a function's name. */
  resource: string
  /** Who signed it. */
  principal: string
}

/**
 * What becomes of a request: `before` its effect a verdict other than `pass` prevents the effect; `after` it the effect stands and
 * only the answer is lost or replaced. `hang-up` closes the socket without a byte of answer.
 */
export type Verdict = { do: 'pass' } | { do: 'hang-up' } | { do: 'answer'; status: number; contentType: string; body: string }

/** Stands between a server's signature check and its answer: faults and kills are told here, never inside a server. */
export type Meddler = (call: Call, phase: 'before' | 'after') => Promise<Verdict> | Verdict

export const untouched: Meddler = () => ({ do: 'pass' })

/** Asks each in turn; the first verdict that is not `pass` stands. */
export function inTurn(...meddlers: readonly Meddler[]): Meddler {
  return async (call, phase) => {
    for (const meddler of meddlers) {
      const verdict = await meddler(call, phase)
      if (verdict.do !== 'pass') return verdict
    }
    return { do: 'pass' }
  }
}
