import { answering } from '../../functions/answer-approval.ts'
import { accountId } from '../../local/deployment.ts'
import { answerHttp } from '../../local/fc/http.ts'
import { type Serving, serve } from '../../local/serve.ts'
import { portsFor } from '../../shared/adapters/ports.ts'
import type { SmallCloud } from '../cli/cloud.ts'

/** answer-approval behind an HTTP trigger of its own, over the cloud's services. */
export function servePage({ insides }: SmallCloud): Promise<Serving> {
  const handler = answering(
    (needs, attempt) => portsFor(needs, attempt, insides()),
    () => {},
  )
  const trigger = { type: 'http', name: 'page', methods: ['GET', 'POST'] } as const
  const requestId = '0A0A0A0A-0000-4000-8000-00000000000B'
  return serve(request =>
    answerHttp(request, trigger, { region: 'cn-hangzhou', accountId, at: Date.now(), requestId }, async event => ({
      end: 'returned',
      body: Buffer.from(await handler(event, { requestId })),
    })),
  )
}
