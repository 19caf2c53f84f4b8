import type { Line } from './fc/invocation.ts'

/** How far one renewal has come. `over` ends the waiting for it: `ended` for good, `rests` until something else is told of it. */
export type Standing = { renewal: string; instance: string; word: string; over: false | 'ended' | 'rests' }

type Told = {
  stack?: string[]
  step?: string
  event?: string
  renewal?: string
  level?: string
  code?: string
  message?: string
  decision?: Record<string, unknown>
}

/** Follows the deployment by the lines that its functions log. */
export class Progress {
  readonly #standings = new Map<string, Standing>()
  readonly #tell: (sentence: string) => void
  readonly #now: () => number

  /** `now` in ms: a wait is short or long as seen from the moment it is told. */
  constructor(tell: (sentence: string) => void, now: () => number = Date.now) {
    this.#tell = tell
    this.#now = now
  }

  /** A renewal that was approved: it is waited for from now on. */
  expect(renewal: string): void {
    if (!this.#standings.has(renewal))
      this.#standings.set(renewal, { renewal, instance: instanceOf(renewal), word: 'approved', over: false })
  }

  take(line: Line): void {
    const told = parse(line.text)
    if (!told) {
      if (line.stream === 'stderr' && line.text.trim() !== '') this.#tell(`${line.function}: ${line.text}`)
      return
    }
    if (told.level === 'error') this.#tell(`${told.step}: ${told.code}: ${told.message}${told.stack?.[0] ?? ''}`)
    const next = wordOf(told, this.#now())
    if (told.renewal === undefined || next === undefined) return
    this.expect(told.renewal)
    const now = this.#standings.get(told.renewal)
    if (!now || (now.over === 'ended' && next.over !== 'ended')) return
    this.#standings.set(told.renewal, { ...now, ...next })
    if (now.word !== next.word) this.#tell(`${now.instance}: ${next.word}`)
  }

  standings(): Standing[] {
    return [...this.#standings.values()]
  }

  allOver(): boolean {
    return this.#standings.size > 0 && this.standings().every(one => one.over !== false)
  }
}

function parse(text: string): Told | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Told) : undefined
  } catch {
    return undefined
  }
}

/** `1000.cn-hangzhou.rm-bp1x.instance.20261201T0312Z` */
const instanceOf = (renewal: string): string => renewal.split('.')[2] ?? renewal

/** Refusals after which it is tried again. */
const passing = /throttling|unavailable|^ConcurrentLimit|DBInstanceStat|^NotConnected|^RateExhausted|^TooLate/i

/** A wait of seconds is progress; a longer one is where a renewal stands at the end of the run. */
const endsSoon = (until: string, now: number): boolean => Date.parse(until) - now < 30_000

function wordOf({ step, decision = {} }: Told, now: number): Pick<Standing, 'word' | 'over'> | undefined {
  const said = String(decision.do ?? decision.reply ?? '')
  const because = String(decision.because ?? '')
  if (step === 'update-validity') {
    if (said === 'accepted') return { word: 'Update Validity accepted: it restarts', over: false }
    if (said === 'refused')
      return {
        word: `Update Validity was refused: ${decision.code}: ${decision.message}`,
        over: passing.test(String(decision.code)) ? false : 'ended',
      }
    if (said === 'unknown') return { word: 'the answer to Update Validity was lost: observing', over: false }
    if (said === 'watch') return { word: because, over: false }
    if (said === 'adopt') return { word: `somebody else renewed it: valid until ${decision.notAfter}`, over: false }
    if (said === 'finish') return { word: `updated: valid until ${decision.notAfter}`, over: false }
    if (said === 'wait')
      return { word: `waits for ${decision.for}: ${because}`, over: endsSoon(String(decision.until), now) ? false : 'rests' }
    if (said === 'refuse') return { word: `not renewed: ${decision.reason}: ${because}`, over: 'ended' }
    if (said === 'free' && decision.evidence === 'NotTaken')
      return { word: 'Update Validity was refused, and its slot is free', over: 'ended' }
    if (said === 'free') return { word: 'not renewed: InstanceGone: it vanished while it was updated', over: 'ended' }
    if (said === 'stick') return { word: `stuck: ${because}`, over: 'ended' }
  }
  if (step === 'publish-bundle') return { word: `the bundle is published (${String(decision.version).slice(0, 12)})`, over: false }
  if (step === 'prove-renewal' && said === 'tell') return { word: `proof: ${decision.verdict}`, over: 'ended' }
  return undefined
}
