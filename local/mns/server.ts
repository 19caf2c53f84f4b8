import type { Clock } from '../clock.ts'
import type { Meddler } from '../meddler.ts'
import type { MnsFault, MnsModel, MnsOutcome } from '../model/mns.ts'
import { perform, unreachable } from '../perform.ts'
import type { Principals } from '../principals.ts'
import { type Answer, type Request, type Serving, serve } from '../serve.ts'
import { element } from '../xml.ts'
import { changedXml, faultAnswer, peekedXml, queueXml, receivedXml, sentXml, xmlAnswer } from './answers.ts'
import { fault, type MnsCode } from './faults.ts'
import { type MnsRequest, understand } from './requests.ts'
import { authenticate } from './signature.ts'
import { Waiting } from './waiting.ts'

/** The queues' REST API of 2015-06-06 on 127.0.0.1, over `model`. Closing it ends every long poll. */
export async function startMns(of: {
  model: MnsModel
  principals: Principals
  meddler: Meddler
  clock: Clock
  port?: number
}): Promise<Serving> {
  const { model, principals, meddler, clock } = of
  const waiting = new Waiting(clock)
  let requests = 0

  async function handle(request: Request): Promise<Answer | 'hang-up'> {
    const requestId = (++requests).toString(16).toUpperCase().padStart(24, '0')
    const host = request.headers.host ?? ''
    const refuse = (found: { code: MnsCode; message: string }) => faultAnswer(found, requestId, host)
    const answered = await answer(request, host, refuse)
    if (answered === 'hang-up') return answered
    const common = { server: 'AliyunMNS', 'x-mns-request-id': requestId, 'x-mns-version': '2015-06-06' }
    return { ...answered, headers: { ...common, ...answered.headers } }
  }

  async function answer(request: Request, host: string, refuse: Refuse): Promise<Answer | 'hang-up'> {
    const principal = authenticate(request, principals, clock.now())
    if (typeof principal === 'string') return refuse(fault(principal))
    const wanted = understand(request)
    if ('code' in wanted) return refuse(wanted)
    const call = { service: 'mns', action: wanted.action, resource: wanted.queue, principal: principal.name } as const
    return perform(meddler, call, () => act(wanted, host, refuse))
  }

  async function act(wanted: MnsRequest, host: string, refuse: Refuse): Promise<Answer> {
    const now = clock.now()
    const { queue } = wanted
    const told = <T>(outcome: MnsOutcome<T>, say: (value: T) => Answer) => (outcome.ok ? say(outcome.value) : refuse(outcome.fault))
    switch (wanted.action) {
      case 'CreateQueue':
        return told(model.createQueue(queue, wanted.attributes, now), made => ({
          status: made === 'created' ? 201 : 204,
          // Spelled so: Alibaba's Java SDK looks it up by these letters.
          headers: { Location: `http://${host}/queues/${queue}` },
        }))
      case 'SetQueueAttributes':
        return told(model.setAttributes(queue, wanted.attributes, now), nothing)
      case 'GetQueueAttributes':
        return told(model.queueState(queue, now), state => xmlAnswer(200, queueXml(state)))
      case 'DeleteQueue':
        return told(model.deleteQueue(queue), nothing)
      case 'ListQueue': {
        const { names, next } = model.listQueues(wanted)
        const urls = names.map(name => element('Queue', [element('QueueURL', `http://${host}/queues/${name}`)]))
        return xmlAnswer(200, element('Queues', next === undefined ? urls : [...urls, element('NextMarker', next)]))
      }
      case 'SendMessage':
        return told(model.send(queue, wanted.sending, now), sent => xmlAnswer(201, sentXml(sent.messageId, wanted.sending.body)))
      case 'BatchSendMessage':
        return told(model.sendBatch(queue, wanted.sendings, now), sent => {
          const all = sent.map(({ messageId }, at) => sentXml(messageId, wanted.sendings[at]?.body ?? ''))
          return xmlAnswer(201, element('Messages', all))
        })
      case 'ReceiveMessage':
        return told(await polled(wanted, () => model.receive(queue, clock.now())), message => xmlAnswer(200, receivedXml(message)))
      case 'BatchReceiveMessage':
        return told(await polled(wanted, () => model.receiveBatch(queue, wanted.most, clock.now())), all =>
          xmlAnswer(200, element('Messages', all.map(receivedXml))),
        )
      case 'PeekMessage':
        return told(model.peek(queue, now), message => xmlAnswer(200, peekedXml(message)))
      case 'BatchPeekMessage':
        return told(model.peekBatch(queue, wanted.most, now), all => xmlAnswer(200, element('Messages', all.map(peekedXml))))
      case 'DeleteMessage':
        return told(model.delete(queue, wanted.receiptHandle, now), nothing)
      case 'BatchDeleteMessage':
        return told(model.deleteBatch(queue, wanted.receiptHandles, now), failed => (failed.length === 0 ? nothing() : partly(failed)))
      case 'ChangeMessageVisibility':
        return told(model.changeVisibility(queue, wanted.receiptHandle, wanted.seconds, now), receipt =>
          xmlAnswer(200, changedXml(receipt)),
        )
      default:
        return unreachable(wanted)
    }
  }

  async function polled<T>(
    wanted: { queue: string; waitSeconds: number | undefined },
    receive: () => MnsOutcome<T>,
  ): Promise<MnsOutcome<T>> {
    const seconds = wanted.waitSeconds ?? pollingWait(wanted.queue)
    const outcome = await waiting.until(seconds, receive, found => found.ok || found.fault.code !== 'MessageNotExist')
    return outcome ?? { ok: false, fault: { code: 'MessageNotExist', message: 'Message not exist.' } }
  }

  function pollingWait(queue: string): number {
    const state = model.queueState(queue, clock.now())
    return state.ok ? state.value.pollingWaitSeconds : 0
  }

  const serving = await serve(handle, of.port)
  return {
    ...serving,
    close: () => {
      waiting.close()
      return serving.close()
    },
  }
}

type Refuse = (found: { code: MnsCode; message: string }) => Answer

function nothing(): Answer {
  return { status: 204 }
}

/** Some of a batch could not be deleted: 404, and each of them with its reason; the others are deleted. */
function partly(failed: readonly { receiptHandle: string; fault: MnsFault }[]): Answer {
  const errors = failed.map(({ receiptHandle, fault }) =>
    element('Error', [element('ErrorCode', fault.code), element('ErrorMessage', fault.message), element('ReceiptHandle', receiptHandle)]),
  )
  return xmlAnswer(404, element('Errors', errors))
}
