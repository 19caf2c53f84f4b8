import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Authority } from '../ca/authority.ts'
import type { Caller, Served } from '../endpoints/connection.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import type { Certificate, Instance, RdsWorld } from '../model/rds.ts'
import { packages, programFor, type RealEngine } from './programs.ts'
import { RealServer } from './server.ts'

export type Backing = {
  world: RdsWorld
  authority: Authority
  id: string
  engine: RealEngine
  now: () => number
  admits: (from: Caller, instance: Readonly<Instance> | undefined) => boolean
}

/**
 * The endpoint of an instance behind which a real server stands. An update that restarts the instance restarts the server with the new files;
 * one that does not replaces the files, and the server is told to read them only where the new certificate is to be served: a fault that keeps
 * the old leaf is a server that nobody told. What restarts or is not admitted breaks off here, as it does there.
 *
 * @throws Error naming the package to install
 */
export async function backWithRealServer({ world, authority, id, engine, now, admits }: Backing): Promise<Endpoint> {
  const program = programFor(engine)
  if (program === undefined) throw new Error(`no real server for ${engine}: install ${packages[engine]}`)
  const current = () => {
    world.advance(now())
    return world.instance(id)
  }
  const first = current()
  if (first?.served === undefined) throw new Error(`${id} serves no certificate`)
  const issue = (instance: Readonly<Instance>, one: Certificate): Promise<Served> => {
    const { serial, by } = one
    const order = { region: instance.region, host: instance.ssl.connectionString, serial, by }
    return authority.issue({ ...order, notBefore: new Date(one.notBefore), notAfter: new Date(one.notAfter) })
  }
  const server = await RealServer.start(program, await issue(first, first.served))
  const serving = { file: first.served.serial, leaf: first.served.serial }
  const sockets = new Set<Socket>()
  const faults: Error[] = []

  /** What the instance will serve once the restart under way is over. */
  function afterRestart(instance: Readonly<Instance>): Certificate | undefined {
    const under = world.inspect().modifications.findLast(one => one.instance === id && one.restarts && one.beginsAt <= now())
    const keeps = instance.behaviour.servesRenewed === false || under?.outcome !== 'renewed'
    return keeps || under === undefined || !('ssl' in under.becomes) ? instance.served : under.becomes.ssl.certificate
  }

  let work = Promise.resolve()
  let restarted = false
  const look = () => {
    const instance = current()
    if (instance === undefined) return
    if (instance.down && !restarted) {
      restarted = true
      for (const socket of sockets) socket.resetAndDestroy()
      enqueue(async () => {
        const next = afterRestart(instance)
        if (next !== undefined && next.serial !== serving.file) server.replace(await issue(instance, next))
        await server.restart()
        if (next !== undefined) Object.assign(serving, { file: next.serial, leaf: next.serial })
      })
      return
    }
    if (!instance.down) restarted = false
    const { certificate } = instance.ssl
    if (instance.down || certificate === undefined) return
    if (certificate.serial !== serving.file && !restartsFor(certificate)) {
      serving.file = certificate.serial
      enqueue(async () => server.replace(await issue(instance, certificate)))
    }
    const served = instance.served
    if (served !== undefined && served.serial !== serving.leaf && served.serial === serving.file) {
      serving.leaf = served.serial
      enqueue(() => server.reload())
    }
  }
  /** A certificate that came with a restart is served by that restart, or by nothing. */
  const restartsFor = ({ serial }: Certificate): boolean =>
    world
      .inspect()
      .modifications.some(
        one => one.instance === id && one.restarts && 'ssl' in one.becomes && one.becomes.ssl.certificate?.serial === serial,
      )
  const enqueue = (next: () => void | Promise<void>) => {
    work = work.then(next).catch(error => {
      faults.push(error instanceof Error ? error : new Error(String(error)))
      process.emitWarning(faults.at(-1) ?? 'a real server failed')
    })
  }
  const looking = setInterval(look, 20)

  /** Waits for what is being done to the server: a restart is over when it answers again. */
  const relay = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    look()
    const instance = current()
    if (instance === undefined || instance.down) return void socket.resetAndDestroy()
    if (!admits({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }, instance)) return void socket.destroy()
    void work.then(() => join(socket, server.port, sockets))
  })
  const port = await listen(relay)
  return {
    port,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      clearInterval(looking)
      for (const socket of sockets) socket.destroy()
      await new Promise<void>(resolve => relay.close(() => resolve()))
      await work
      await server.close()
    },
  }
}

function join(client: Socket, port: number, sockets: Set<Socket>): void {
  const server = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  sockets.add(server)
  server.once('close', () => {
    sockets.delete(server)
    client.destroy()
  })
  server.on('error', () => client.destroy())
  client.once('close', () => server.destroy())
  client.pipe(server).pipe(client)
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
