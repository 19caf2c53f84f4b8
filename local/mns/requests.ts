import type { QueueAttributes, Sending } from '../model/mns.ts'
import type { Request } from '../serve.ts'
import { readXml, textOf, type XmlRead } from '../xml.ts'
import { fault, type MnsCode } from './faults.ts'

/** A request understood. `waitSeconds` undefined: as the queue is set. */
export type MnsRequest =
  | { action: 'CreateQueue' | 'SetQueueAttributes'; queue: string; attributes: Partial<QueueAttributes> }
  | { action: 'GetQueueAttributes' | 'DeleteQueue'; queue: string }
  | { action: 'ListQueue'; queue: ''; prefix: string; marker: string; limit: number }
  | { action: 'SendMessage'; queue: string; sending: Sending }
  | { action: 'BatchSendMessage'; queue: string; sendings: Sending[] }
  | { action: 'ReceiveMessage'; queue: string; waitSeconds: number | undefined }
  | { action: 'BatchReceiveMessage'; queue: string; most: number; waitSeconds: number | undefined }
  | { action: 'PeekMessage'; queue: string }
  | { action: 'BatchPeekMessage'; queue: string; most: number }
  | { action: 'DeleteMessage'; queue: string; receiptHandle: string }
  | { action: 'BatchDeleteMessage'; queue: string; receiptHandles: string[] }
  | { action: 'ChangeMessageVisibility'; queue: string; receiptHandle: string; seconds: number }

export type Misunderstood = { code: MnsCode; message: string }

/** What a request of the REST API (version 2015-06-06) asks for. */
export function understand(request: Request): MnsRequest | Misunderstood {
  try {
    return asked(request)
  } catch (error) {
    if (error instanceof URIError) return fault('InvalidRequestURL')
    throw error
  }
}

function asked(request: Request): MnsRequest | Misunderstood {
  const [, collection, queue, messages, ...rest] = request.rawPath.split('/').map(decodeURIComponent)
  if (collection !== 'queues' || rest.length > 0) return fault('InvalidRequestURL')
  const query = queryOf(request.rawQuery)
  const { method } = request
  if (queue === undefined || queue === '') return method === 'GET' ? listing(request.headers) : fault('InvalidRequestURL')
  if (messages === undefined) return ofQueue(method, queue, query, request.body)
  if (messages !== 'messages') return fault('InvalidRequestURL')
  switch (method) {
    case 'GET':
      return receiving(queue, query)
    case 'POST':
      return sending(queue, request.body)
    case 'PUT':
      return changing(queue, query)
    case 'DELETE':
      return deleting(queue, query, request.body)
    default:
      return fault('InvalidRequestURL')
  }
}

/** Names in lower case: the manual writes `ReceiptHandle` for DeleteMessage and `receiptHandle` for ChangeMessageVisibility. */
function queryOf(rawQuery: string): Map<string, string> {
  const pairs = rawQuery === '' ? [] : rawQuery.split('&')
  return new Map(
    pairs.map(pair => {
      const mark = pair.indexOf('=')
      const [name, value] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]
      // A handle's `+` is its own: nothing here is form-encoded.
      return [decodeURIComponent(name).toLowerCase(), decodeURIComponent(value)]
    }),
  )
}

function ofQueue(method: string, queue: string, query: Map<string, string>, body: Buffer): MnsRequest | Misunderstood {
  switch (method) {
    case 'GET':
      return { action: 'GetQueueAttributes', queue }
    case 'DELETE':
      return { action: 'DeleteQueue', queue }
    case 'PUT': {
      const xml = body.length === 0 ? undefined : readXml(body.toString(), 'Queue')
      if (body.length > 0 && xml === undefined) return fault('MalformedXML')
      const attributes = xml === undefined ? {} : attributesOf(xml)
      if ('code' in attributes) return attributes
      return { action: query.get('metaoverride') === 'true' ? 'SetQueueAttributes' : 'CreateQueue', queue, attributes }
    }
    default:
      return fault('InvalidRequestURL')
  }
}

const numbers = {
  DelaySeconds: 'delaySeconds',
  MaximumMessageSize: 'maximumMessageSize',
  MessageRetentionPeriod: 'messageRetentionPeriod',
  VisibilityTimeout: 'visibilityTimeout',
  PollingWaitSeconds: 'pollingWaitSeconds',
} as const

function attributesOf(xml: XmlRead): Partial<QueueAttributes> | Misunderstood {
  const attributes: Partial<QueueAttributes> = {}
  for (const [name, key] of Object.entries(numbers)) {
    const text = textOf(xml, name)
    if (text === undefined) continue
    const value = whole(text)
    if (value === undefined) return fault('InvalidArgument', `The value of ${name} should be a whole number`)
    attributes[key as (typeof numbers)[keyof typeof numbers]] = value
  }
  const policy = xml.children.get('DlqPolicy')?.[0]
  if (policy === undefined) return attributes
  if (textOf(policy, 'Enabled') !== 'true') return { ...attributes, deadLetter: undefined }
  const queue = textOf(policy, 'DeadLetterTargetQueue')
  const maxReceiveCount = whole(textOf(policy, 'MaxReceiveCount'))
  if (queue === undefined || queue === '') return fault('InvalidArgument', 'The value of DeadLetterTargetQueue should name a queue')
  if (maxReceiveCount === undefined) return fault('InvalidArgument', 'The value of MaxReceiveCount should be a whole number')
  return { ...attributes, deadLetter: { queue, maxReceiveCount } }
}

function listing(headers: Record<string, string>): MnsRequest | Misunderstood {
  const limit = whole(headers['x-mns-ret-number'] ?? '1000')
  if (limit === undefined || limit < 1 || limit > 1000) {
    return fault('InvalidArgument', 'The value of x-mns-ret-number should between 1 and 1000')
  }
  return { action: 'ListQueue', queue: '', prefix: headers['x-mns-prefix'] ?? '', marker: headers['x-mns-marker'] ?? '', limit }
}

function receiving(queue: string, query: Map<string, string>): MnsRequest | Misunderstood {
  const wait = query.get('waitseconds')
  const waitSeconds = wait === undefined ? undefined : whole(wait)
  if (wait !== undefined && (waitSeconds === undefined || waitSeconds > 30)) {
    return fault('InvalidArgument', 'The value of waitseconds should between 0 and 30 seconds/bytes')
  }
  const number = query.get('numofmessages')
  const most = number === undefined ? 1 : whole(number)
  if (most === undefined) return fault('InvalidArgument', 'The value of numOfMessages should between 1 and 16')
  if (query.get('peekonly') === 'true') {
    return number === undefined ? { action: 'PeekMessage', queue } : { action: 'BatchPeekMessage', queue, most }
  }
  return number === undefined
    ? { action: 'ReceiveMessage', queue, waitSeconds }
    : { action: 'BatchReceiveMessage', queue, most, waitSeconds }
}

function sending(queue: string, body: Buffer): MnsRequest | Misunderstood {
  const text = body.toString()
  const one = readXml(text, 'Message')
  if (one !== undefined) {
    const sending = sendingOf(one)
    return 'code' in sending ? sending : { action: 'SendMessage', queue, sending }
  }
  const batch = readXml(text, 'Messages')
  if (batch === undefined) return fault('MalformedXML')
  const sendings: Sending[] = []
  for (const message of batch.children.get('Message') ?? []) {
    const sending = sendingOf(message)
    if ('code' in sending) return sending
    sendings.push(sending)
  }
  return { action: 'BatchSendMessage', queue, sendings }
}

function sendingOf(xml: XmlRead): Sending | Misunderstood {
  const body = textOf(xml, 'MessageBody')
  if (body === undefined) {
    return fault('InvalidArgument', 'The XML you provided did not validate against our published schema, cause by MessageBody')
  }
  const sending: Sending = { body }
  for (const [name, key] of [['DelaySeconds', 'delaySeconds'] as const, ['Priority', 'priority'] as const]) {
    const text = textOf(xml, name)
    if (text === undefined) continue
    const value = whole(text)
    if (value === undefined) return fault('InvalidArgument', `The value of ${name} should be a whole number`)
    sending[key] = value
  }
  return sending
}

function changing(queue: string, query: Map<string, string>): MnsRequest | Misunderstood {
  const receiptHandle = query.get('receipthandle')
  if (receiptHandle === undefined || receiptHandle === '') return fault('MissingReceiptHandle')
  const timeout = query.get('visibilitytimeout')
  if (timeout === undefined) return fault('MissingVisibilityTimeout')
  return { action: 'ChangeMessageVisibility', queue, receiptHandle, seconds: whole(timeout) ?? Number.NaN }
}

function deleting(queue: string, query: Map<string, string>, body: Buffer): MnsRequest | Misunderstood {
  const receiptHandle = query.get('receipthandle')
  if (receiptHandle !== undefined && receiptHandle !== '') return { action: 'DeleteMessage', queue, receiptHandle }
  if (body.length === 0) return fault('MissingReceiptHandle')
  const xml = readXml(body.toString(), 'ReceiptHandles')
  if (xml === undefined) return fault('MalformedXML')
  return { action: 'BatchDeleteMessage', queue, receiptHandles: (xml.children.get('ReceiptHandle') ?? []).map(handle => handle.text) }
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
