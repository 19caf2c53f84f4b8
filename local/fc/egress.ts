import { isIP, type NetConnectOpts, Socket, type TcpNetConnectOpts } from 'node:net'

/**
 * From now on this process's TCP connections leave from `address`, as a function's leave from its VPC: endpoints behind an allowlist see
 * where a probe stands. Names are looked up as IPv4, since an IPv4 source cannot reach ::1.
 */
export function connectFrom(address: string): void {
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
    // net.connect hands over its arguments as one list, already sorted; that list carries a mark and must stay the same object.
    const list = Array.isArray(given[0]) ? given[0] : given
    const [first, second] = list
    if (typeof first === 'object' && first !== null) list[0] = from(address, first)
    else if (typeof first === 'number') {
      const host = typeof second === 'string' ? second : undefined
      list.splice(0, host === undefined ? 1 : 2, from(address, { port: first, ...(host === undefined ? {} : { host }) }))
    }
    return Reflect.apply(connect, this, given)
  } as typeof connect
}

function from(address: string, options: NetConnectOpts): NetConnectOpts {
  if ('path' in options && options.path) return options
  const { host = 'localhost', localAddress } = options as TcpNetConnectOpts
  const foreign = isIP(host) !== 0 && !host.startsWith('127.')
  return localAddress !== undefined || foreign ? options : { ...(options as TcpNetConnectOpts), localAddress: address, family: 4 }
}
