import { Fault, type FaultCode } from '../../shared/errors.ts'

/** Failures that a fake is told to have: each strikes once, in order, at the next call of its method. */
export class Trips<Method extends string> {
  readonly #waiting: { method: Method; fault: Fault; effect: 'none' | 'done' }[] = []

  /** The next call of `method` fails. `effect: 'done'`: it happens all the same, and only the answer is lost. */
  fail(method: Method, code: FaultCode = 'Unreachable', effect: 'none' | 'done' = 'none'): void {
    this.#waiting.push({ method, fault: new Fault(code, `${method}: told to fail`), effect })
  }

  async run<T>(method: Method, act: () => T | Promise<T>): Promise<T> {
    const at = this.#waiting.findIndex(one => one.method === method)
    const [trip] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (trip?.effect === 'none') throw trip.fault
    const result = await act()
    if (trip) throw trip.fault
    return result
  }
}
