import type { Credentials } from '../../config.ts'
import { Fault, faultsOf } from '../../errors.ts'
import * as z from '../../schema.ts'
import { faultOfCode, faultOfMns, sdkClient } from './client.ts'

/** What people's commands ask of a queue of MNS. Times are milliseconds; `body` is as it lies there, base64 where this product wrote it. */
export type LetterBox = {
  attributes(queue: string): Promise<{ active: number; inactive: number }>
  peek(queue: string, most: number): Promise<Lying[]>
  receive(queue: string, most: number): Promise<(Lying & { handle: string })[]>
  remove(queue: string, handle: string): Promise<void>
  /** Hidden for so many seconds from now on; the handle is another afterwards. */
  hide(queue: string, handle: string, seconds: number): Promise<string>
}

export type Lying = { id: string; body: string; enqueuedAt: number; received: number }

const number = z.coerce.number()
const lying = z.object({
  MessageId: z.string().check(z.minLength(1)),
  MessageBody: z._default(z.string(), ''),
  EnqueueTime: number,
  DequeueCount: z._default(number, 0),
})
const taken = z.extend(lying, { ReceiptHandle: z.string().check(z.minLength(1)) })
const counts = z.object({ ActiveMessages: number, InactiveMessages: number })
const changed = z.object({ ReceiptHandle: z.string().check(z.minLength(1)) })

/** An empty queue answers with an error of this name. */
const empty = 'MNSMessageNotExistError'

export async function letterBox(of: { queue: { endpoint: string }; accountId: string }, credentials: Credentials): Promise<LetterBox> {
  const client = await sdkClient(of, credentials)

  async function ask<T>(
    what: string,
    code: number,
    call: () => Promise<{ code: number; body?: unknown }>,
    schema: z.ZodMiniType<T>,
  ): Promise<T> {
    let reply: { code: number; body?: unknown }
    try {
      reply = await call()
    } catch (error) {
      throw faultOfMns(error, what)
    }
    if (reply.code !== code) throw faultOfCode(reply.code, what)
    const read = schema.safeParse(reply.body)
    if (!read.success) throw new Fault('BadReply', `${what}: ${faultsOf(read.error)}`)
    return read.data
  }

  /** The SDK hands over one message where there is one, and a list where there are more. */
  async function list<T>(what: string, call: () => Promise<{ code: number; body?: unknown }>, schema: z.ZodMiniType<T>): Promise<T[]> {
    const listed = z.union([
      z.array(schema),
      z.pipe(
        schema,
        z.transform(one => [one]),
      ),
    ])
    return ask(
      what,
      200,
      () =>
        call().catch((error: unknown) => {
          if (error instanceof Error && error.name === empty) return { code: 200, body: [] }
          throw error
        }),
      listed,
    )
  }

  return {
    async attributes(queue) {
      const read = await ask(`GetQueueAttributes ${queue}`, 200, () => client.getQueueAttributes(queue), counts)
      return { active: read.ActiveMessages, inactive: read.InactiveMessages }
    },
    async peek(queue, most) {
      return (await list(`BatchPeekMessage ${queue}`, () => client.batchPeekMessage(queue, most), lying)).map(lyingOf)
    },
    async receive(queue, most) {
      const found = await list(`BatchReceiveMessage ${queue}`, () => client.batchReceiveMessage(queue, most), taken)
      return found.map(one => ({ ...lyingOf(one), handle: one.ReceiptHandle }))
    },
    async remove(queue, handle) {
      await ask(`DeleteMessage ${queue}`, 204, () => client.deleteMessage(queue, handle), z.unknown())
    },
    async hide(queue, handle, seconds) {
      const what = `ChangeMessageVisibility ${queue}`
      return (await ask(what, 200, () => client.changeMessageVisibility(queue, handle, seconds), changed)).ReceiptHandle
    },
  }
}

const lyingOf = (one: z.infer<typeof lying>): Lying => ({
  id: one.MessageId,
  body: one.MessageBody,
  enqueuedAt: one.EnqueueTime,
  received: one.DequeueCount,
})
