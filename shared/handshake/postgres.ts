import type { Duplex } from 'node:stream'
import { failures, ProbeStop, printable } from './failure.ts'
import { type Line, notThisProtocol, take } from './line.ts'

// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** SSLRequest → 'S': the stream is ready for TLS. */
export async function negotiatePostgres(line: Line): Promise<Duplex> {
  line.socket.write(sslRequest)
  const answer = await take(line.socket, 1, line)
  // Bytes sent along with the answer, outside TLS, are either another protocol or a man in the middle (CVE-2021-23222).
  switch (answer.toString('latin1')) {
    case 'S':
      if (line.socket.readableLength > 0) throw notThisProtocol(answer, line)
      return line.socket
    case 'N':
      if (line.socket.readableLength > 0) throw notThisProtocol(answer, line)
      throw new ProbeStop(failures.noTlsOffered(line.target))
    case 'E':
      throw await refusal(answer, line)
    default:
      throw notThisProtocol(answer, line)
  }
}

/** An ErrorResponse in place of the answer: from a server that cannot start a session, or from a proxy that keeps an allowlist. */
async function refusal(tag: Buffer, line: Line): Promise<ProbeStop> {
  const length = (await take(line.socket, 4, line)).readUInt32BE()
  if (length < 5 || length > 8192) return notThisProtocol(tag, line)
  const fields = new Map<string, string>()
  for (const field of split(await take(line.socket, length - 4, line))) {
    fields.set(field.toString('latin1', 0, 1), printable(field.subarray(1)))
  }
  const sqlState = fields.get('C') ?? 'unknown'
  const said = fields.get('M') ?? ''
  // Class 28 is invalid authorization: no line of pg_hba.conf lets this address in.
  if (sqlState.startsWith('28')) return new ProbeStop(failures.hostNotAllowed(line.target, said))
  return new ProbeStop(failures.serverRefused(line.target, sqlState, said))
}

function split(body: Buffer): Buffer[] {
  const fields: Buffer[] = []
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(0, from)
    const to = end < 0 ? body.length : end
    if (to > from) fields.push(body.subarray(from, to))
    from = to + 1
  }
  return fields
}
