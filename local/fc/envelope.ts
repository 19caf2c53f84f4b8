import type { TimerTrigger } from './triggers.ts'

/** Where an event comes from, for the parts of its envelope that say so. `at` is ms. */
export type Origin = { region: string; accountId: string; at: number; requestId: string }

export type QueuedMessage = { queue: string; stream: string; messageId: string; body: string; enqueuedAt: number; base64: boolean }

/**
 * A queue's message as event streaming delivers it: a list of one CloudEvent. `source` is one of the spellings seen in samples, none of
 * which may be relied on.
 */
export function queueEvent(message: QueuedMessage, { region, accountId, at, requestId }: Origin): Buffer {
  const messageBody = message.base64 ? decoded(message.body) : message.body
  return json([
    {
      id: `${message.messageId.toLowerCase()}-${requestId.slice(-8)}`,
      source: message.stream,
      specversion: '1.0',
      type: 'mns:Queue:SendMessage',
      datacontenttype: 'application/json; charset=utf-8',
      subject: `acs:mns:${region}:${accountId}:queues/${message.queue}`,
      time: new Date(message.enqueuedAt).toISOString(),
      aliyunaccountid: accountId,
      aliyunoriginalaccountid: accountId,
      aliyunregionid: region,
      aliyuneventbusname: message.stream,
      aliyunpublishtime: new Date(at).toISOString(),
      aliyunpublishaddr: '127.0.0.1',
      data: { requestId: requestId.slice(-24).toUpperCase(), messageId: message.messageId, messageBody },
    },
  ])
}

/** A timer's event; the payload is a string, whatever it holds. Its time has no milliseconds. */
export function timerEvent({ name, payload }: TimerTrigger, at: number): Buffer {
  return json({ triggerTime: seconds(at), triggerName: name, payload })
}

export type Requested = { method: string; rawPath: string; rawQuery: string; headers: Record<string, string>; body: Buffer }

/**
 * An HTTP request as the event of a built-in runtime. Header names are written with capitals, as HTTP/1.1 gateways do. A body is base64
 * unless its type is a text [?: whether a form counts as one: here it does not, the harder case].
 */
export function httpEvent({ method, rawPath, rawQuery, headers, body }: Requested, { accountId, at, requestId }: Origin): Buffer {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(rawQuery)) query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value
  const text =
    body.length === 0 || /^(text\/|application\/(json|xml|javascript|[\w.-]+\+(json|xml))\b)/i.test(headers['content-type'] ?? '')
  return json({
    version: 'v1',
    rawPath,
    body: body.toString(text ? 'utf8' : 'base64'),
    isBase64Encoded: !text,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [capitals(name), value])),
    queryParameters: query,
    requestContext: {
      accountId,
      domainName: headers.host ?? '',
      domainPrefix: (headers.host ?? '').split('.')[0],
      http: {
        method,
        path: decodedPath(rawPath),
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      time: seconds(at),
      timeEpoch: String(at),
    },
  })
}

function decoded(body: string): string {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(body) ? Buffer.from(body, 'base64').toString('utf8') : body
}

function decodedPath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath)
  } catch {
    return rawPath
  }
}

function capitals(name: string): string {
  return name.replace(/(^|-)[a-z]/g, start => start.toUpperCase())
}

function seconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
