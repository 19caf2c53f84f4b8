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
  }
}
