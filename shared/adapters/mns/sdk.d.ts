/** @alicloud/mns has no types of its own; these are the calls in use. */
declare module '@alicloud/mns' {
  export default class Mns {
    constructor(
      accountId: string,
      options: {
        endpoint: string
        accessKeyId: string
        accessKeySecret: string
        securityToken?: string | undefined
        /** Milliseconds. */
        readTimeout?: number
        /** Milliseconds; also the idle time-out. */
        connectTimeout?: number
      },
    )
    sendMessage(
      queue: string,
      params: { MessageBody: string; DelaySeconds: number },
    ): Promise<{ code: number; body?: { MessageId?: string } }>
    /** Replies of these are read by a schema. */
    getQueueAttributes(queue: string): Promise<{ code: number; body?: unknown }>
    batchPeekMessage(queue: string, numOfMessages: number): Promise<{ code: number; body?: unknown }>
    batchReceiveMessage(queue: string, numOfMessages: number): Promise<{ code: number; body?: unknown }>
    deleteMessage(queue: string, receiptHandle: string): Promise<{ code: number; body?: unknown }>
    changeMessageVisibility(queue: string, receiptHandle: string, seconds: number): Promise<{ code: number; body?: unknown }>
  }
}
