import { bad, type Finding, fine } from './finding.ts'

/** Whether a person's browser gets an answer from the approval page. `url` is its origin, a custom domain. */
export async function checkPage(url: string): Promise<Finding> {
  const at = url.replace(/\/+$/, '')
  const paste = [
    `curl -v ${at}/health`,
    '# the domain must point at the function (component fc3-domain), with a certificate; in the mainland it needs an ICP filing',
  ]
  try {
    const response = await fetch(`${at}/health`, { signal: AbortSignal.timeout(10_000), redirect: 'manual' })
    const { status, headers } = response
    await response.body?.cancel()
    if (headers.get('content-disposition')?.includes('attachment'))
      return bad(
        'page',
        'PageDownloads',
        `${at} answers, and makes browsers download the page: it is the function’s own fcapp.run address`,
        paste,
      )
    // 503 is its own word for a fleet that was not seen: the page answers.
    if (status === 200 || status === 503) return fine('page', `${at} answers`)
    return bad('page', 'PageWrong', `${at}/health answers ${status}: something else stands there`, paste)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : 'no answer'
    return bad('page', 'PageUnreachable', `${at} cannot be reached: ${cause}`, paste)
  }
}
