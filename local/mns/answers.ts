import { createHash } from 'node:crypto'
import type { Peeked, QueueState, Receipt, Received } from '../model/mns.ts'
import type { Answer } from '../serve.ts'
import { element, writeXml, type Xml } from '../xml.ts'
import { type MnsCode, statusOf } from './faults.ts'

const namespace = 'http://mns.aliyuncs.com/doc/v1/'
/** Without the slash that the manual shows: Alibaba's Java SDK reads no error document of another namespace. */
const errorNamespace = 'http://mns.aliyuncs.com/doc/v1'

export function xmlAnswer(status: number, root: Xml, xmlns: string = namespace): Answer {
  return { status, headers: { 'content-type': 'text/xml;charset=utf-8' }, body: writeXml(root, xmlns) }
}

/** The service's error document. A client that finds no HostId in it fails on reading it. */
export function faultAnswer({ code, message }: { code: MnsCode; message: string }, requestId: string, host: string): Answer {
  const content = [element('Code', code), element('Message', message), element('RequestId', requestId), element('HostId', `http://${host}`)]
  return xmlAnswer(statusOf(code), element('Error', content), errorNamespace)
}

export function sentXml(messageId: string, body: string): Xml {
  return element('Message', [element('MessageId', messageId), element('MessageBodyMD5', bodyMd5(body))])
}

export function receivedXml(message: Received): Xml {
  return element('Message', [...peekedContent(message), ...receiptContent(message)])
}

export function peekedXml(message: Peeked): Xml {
  return element('Message', peekedContent(message))
}

export function changedXml(receipt: Receipt): Xml {
  return element('ChangeVisibility', receiptContent(receipt))
}

export function queueXml(queue: QueueState): Xml {
  const { deadLetter } = queue
  const policy = deadLetter && [
    element('Enabled', true),
    element('DeadLetterTargetQueue', deadLetter.queue),
    element('MaxReceiveCount', deadLetter.maxReceiveCount),
  ]
  return element('Queue', [
    element('QueueName', queue.name),
    element('CreateTime', Math.floor(queue.createdAt / 1000)),
    element('LastModifyTime', Math.floor(queue.modifiedAt / 1000)),
    element('DelaySeconds', queue.delaySeconds),
    element('MaximumMessageSize', queue.maximumMessageSize),
    element('MessageRetentionPeriod', queue.messageRetentionPeriod),
    element('VisibilityTimeout', queue.visibilityTimeout),
    element('PollingWaitSeconds', queue.pollingWaitSeconds),
    element('ActiveMessages', queue.active),
    element('InactiveMessages', queue.inactive),
    element('DelayMessages', queue.delayed),
    element('LoggingEnabled', 'False'),
    ...(policy ? [element('DlqPolicy', policy)] : []),
  ])
}

function peekedContent(message: Peeked): Xml[] {
  return [
    element('MessageId', message.messageId),
    element('MessageBodyMD5', bodyMd5(message.body)),
    element('MessageBody', message.body),
    element('EnqueueTime', message.enqueuedAt),
    element('FirstDequeueTime', message.firstReceivedAt ?? 0),
    element('DequeueCount', message.receiveCount),
    element('Priority', message.priority),
  ]
}

function receiptContent({ receiptHandle, nextVisibleAt }: Receipt): Xml[] {
  return [element('ReceiptHandle', receiptHandle), element('NextVisibleTime', nextVisibleAt)]
}

function bodyMd5(body: string): string {
  return createHash('md5').update(body).digest('hex').toUpperCase()
}
