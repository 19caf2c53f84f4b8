/** What Function Compute wakes a function with, in every form that its documentation or its samples show. */

/** One message as an event stream delivers it. */
export const cloudEvent = (messageBody: unknown) => ({
  id: 'c2g71017-6f65-fhcf-a814-a396fc8d****',
  source: 'MNS-Function-mnstrigger',
  specversion: '1.0',
  type: 'mns:Queue:SendMessage',
  datacontenttype: 'application/json; charset=utf-8',
  subject: 'acs:mns:cn-hangzhou:1000000000000001:queues/rds-tls-request-approval',
  time: '2026-11-09T18:30:00.000Z',
  aliyunaccountid: '1000000000000001',
  aliyunpublishtime: '2026-11-09T18:30:00.123Z',
  data: { requestId: '606EA3074344430D4C81****', messageId: 'C3A1A2A1E5B1D5B1-1-15F8F7B0B0B-200000001', messageBody },
})

/** The body of a message: as it was sent, as base64 that nobody decoded, or as JSON that somebody parsed. */
export const bodyForms: Readonly<Record<string, (text: string) => unknown>> = {
  text: text => text,
  base64: text => Buffer.from(text).toString('base64'),
  'a parsed object': text => JSON.parse(text),
}

const bytesOf = (envelope: unknown): Buffer => Buffer.from(JSON.stringify(envelope))

/** Every envelope of a queue's message. */
export const queueForms: Readonly<Record<string, (text: string) => Buffer>> = Object.fromEntries(
  Object.entries(bodyForms).flatMap(([name, form]) => [
    [`an array, its body ${name}`, (text: string) => bytesOf([cloudEvent(form(text))])],
    [`one object, its body ${name}`, (text: string) => bytesOf(cloudEvent(form(text)))],
  ]),
)

export const timer = (payload: string): Buffer => bytesOf({ triggerTime: '2026-11-09T00:00:00Z', triggerName: 'daily', payload })

export type HttpParts = { method?: string; path?: string; query?: Record<string, string>; body?: string; base64?: boolean }

/** A request as an HTTP trigger delivers it. */
export function http({ method = 'GET', path = '/', query = {}, body = '', base64 = false }: HttpParts): Buffer {
  return bytesOf({
    version: 'v1',
    rawPath: path,
    body: base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: base64,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    queryParameters: query,
    requestContext: {
      accountId: '1000000000000001',
      domainName: 'renew.example.com',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '10.0.0.1', userAgent: 'Mozilla/5.0' },
      requestId: '1-6f65-fhcf',
      time: '2026-11-09T18:30:00Z',
      timeEpoch: '1794249000000',
    },
  })
}
