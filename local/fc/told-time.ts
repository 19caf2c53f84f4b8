const realDate = globalThis.Date
let ahead = 0

/**
 * Lets this process's `Date` run on from `now` (ms). A difference below a second is the way of the message here, and is left alone. Timers
 * and OpenSSL's own check of validity dates keep the machine's time.
 */
export function tellTime(now: number): void {
  const difference = now - realDate.now()
  ahead = Math.abs(difference) < 1000 ? 0 : difference
  globalThis.Date = ahead === 0 ? realDate : told
}

// A proxy and no subclass: dates that the platform makes (of files, of certificates) must stay instances of Date.
const told = new Proxy(realDate, {
  construct: (target, parameters, made) => Reflect.construct(target, parameters.length > 0 ? parameters : [target.now() + ahead], made),
  apply: target => new target(target.now() + ahead).toString(),
  get: (target, name) => (name === 'now' ? () => target.now() + ahead : Reflect.get(target, name)),
})
