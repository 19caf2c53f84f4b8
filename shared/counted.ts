/** Ports that reach nothing: asking them costs no call. */
const pure: readonly string[] = ['clock', 'settings', 'trust']

/** The same ports, and how often each of them was called since. One call of a port may be several requests: a read walks a log, a send sends many. */
export function counted<P extends object>(ports: P): { counting: P; calls: Record<string, number> } {
  const calls: Record<string, number> = {}
  const counting = Object.entries(ports).map(([name, port]) => {
    if (pure.includes(name) || port === null || typeof port !== 'object') return [name, port]
    const watched = new Proxy(port, {
      get(target, method, receiver) {
        const value: unknown = Reflect.get(target, method, receiver)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          calls[name] = (calls[name] ?? 0) + 1
          return value.apply(target, given)
        }
      },
    })
    return [name, watched]
  })
  return { counting: Object.fromEntries(counting) as P, calls }
}
