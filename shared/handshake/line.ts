import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { failureOf, failures, lookalike, type Phase, ProbeStop } from './failure.ts'
import type { Target } from './target.ts'

/** One probe's connection: every wait on it ends by the event, by the peer, or by the deadline that `late` carries. */
export type Line = { target: Target; socket: Socket; phase: Phase; late: AbortSignal }

export async function open(target: Target, late: AbortSignal): Promise<Line> {
  const socket = connect({
    host: target.address?.ip ?? target.host,
    port: target.address?.port ?? target.port,
    noDelay: true,
    // A name with several addresses: Node gives each 250 ms by default, which a connection between continents exceeds.
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(target.timeoutMs / 2)),
  })
  socket.on('error', () => {}) // a late reset, after the answer is known, must not end the process
  const line: Line = { target, socket, phase: 'connect', late }
  try {
    await until(socket, 'connect', line)
  } catch (stop) {
    socket.destroy()
    throw stop
  }
  line.phase = 'greeting'
  return line
}

/** @throws ProbeStop when the stream fails or ends, or the deadline passes, before `event`. */
export function until(stream: Duplex, event: 'connect' | 'readable' | 'secureConnect', line: Line): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => settle(resolve)
    const failed = (error: Error) => settle(() => reject(brokenBy(error, line)))
    const closed = () => settle(() => reject(closedIn(line)))
    const late = () => settle(() => reject(new ProbeStop(failures.timedOut(line.target, line.phase))))
    const settle = (outcome: () => void) => {
      stream.off(event, done).off('error', failed).off('end', closed).off('close', closed)
      line.late.removeEventListener('abort', late)
      outcome()
    }
    if (line.late.aborted) return late()
    if (stream.errored) return failed(stream.errored)
    if (stream.readableEnded || stream.destroyed) return closed()
    stream.once(event, done).once('error', failed).once('end', closed).once('close', closed)
    line.late.addEventListener('abort', late, { once: true })
  })
}

function brokenBy(error: Error, line: Line): ProbeStop {
  const failure = failureOf(error, line.target, line.phase)
  return failure.code === 'HungUp' ? closedIn(line) : new ProbeStop(failure)
}

function closedIn(line: Line): ProbeStop {
  const silent = line.phase !== 'tls' && line.socket.bytesRead === 0
  return new ProbeStop(silent ? failures.closedAtOnce(line.target) : failures.hungUp(line.target, line.phase))
}

/** Exactly `count` bytes of the stream, 1 to 65 535; what came beyond them goes back, and TCP holds back the rest. */
export async function take(stream: Duplex, count: number, line: Line): Promise<Buffer> {
  const chunks: Buffer[] = []
  // Not `read(count)`: a stream in which too few bytes lie answers each new listener with another 'readable', without end.
  for (let have = 0; have < count; ) {
    const chunk: Buffer | null = stream.read()
    if (chunk === null) await until(stream, 'readable', line)
    else {
      chunks.push(chunk)
      have += chunk.length
    }
  }
  const all = Buffer.concat(chunks)
  if (all.length > count) stream.unshift(all.subarray(count))
  return all.subarray(0, count)
}

/** The peer speaks something else: `first` and what else has arrived tell what. */
export function notThisProtocol(first: Buffer, line: Line): ProbeStop {
  const rest: Buffer | null = line.socket.read()
  return new ProbeStop(failures.notThisProtocol(line.target, lookalike(rest === null ? first : Buffer.concat([first, rest]))))
}
