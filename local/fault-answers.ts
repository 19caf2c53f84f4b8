import type { Verdict } from './meddler.ts'
import type { FaultService } from './model/faults.ts'
import { errorBody } from './model/rds.ts'
import { element, writeXml } from './xml.ts'

type Said = Extract<Verdict, { do: 'answer' }>

const page = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n'
const requestId = '00000000-0000-4000-8000-0000000FA017'

/**
 * What a client reads instead of its answer: a page or nothing at all from something in between, or the service's own words that it failed or
 * that the caller is too fast. Where no page of the manual says a status or a code (docs/unverified.md), it is the likeliest of its kind.
 */
export function faultAnswer(service: FaultService, action: string, kind: 'html' | 'empty' | '5xx' | 'throttle'): Said {
  switch (kind) {
    case 'html':
      return said(502, 'text/html', page)
    case 'empty':
      return said(502, 'text/plain', '')
    case '5xx':
      return failed(service)
    case 'throttle':
      return throttled(service, action)
    default:
      return kind satisfies never
  }
}

function failed(service: FaultService): Said {
  switch (service) {
    case 'rds':
      return openApi(500, 'ExternalFailure', 'The request processing has failed due to external service failure.')
    case 'sts':
      return openApi(500, 'InternalError', 'The request processing has failed due to some unknown error.')
    case 'fc':
      return json(500, { Code: 'InternalServerError', Message: 'an internal error has occurred', RequestId: requestId })
    case 'mns':
    case 'oss':
      return xml(500, 'InternalError', 'We encountered an internal error. Please try again.')
    case 'chat':
      return said(500, 'text/plain', 'internal error\n')
    default:
      return service satisfies never
  }
}

function throttled(service: FaultService, action: string): Said {
  switch (service) {
    case 'rds':
    case 'sts':
      return openApi(400, 'Throttling.User', 'Request was denied due to user flow control.')
    case 'fc':
      return json(429, { Code: 'ResourceThrottled', Message: 'the request is throttled', RequestId: requestId })
    case 'mns':
      return xml(429, 'TooManyRequests', 'The request is too frequent.')
    case 'oss':
      return xml(503, 'QpsLimitExceeded', 'Please reduce your request rate.')
    case 'chat':
      return action === 'RobotSend'
        ? json(200, { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' })
        : said(429, 'text/plain', 'too many requests\n')
    default:
      return service satisfies never
  }
}

const said = (status: number, contentType: string, body: string): Said => ({ do: 'answer', status, contentType, body })
const json = (status: number, body: unknown): Said => said(status, 'application/json;charset=utf-8', JSON.stringify(body))
const openApi = (status: number, code: string, message: string): Said => json(status, errorBody(code, message, requestId))

function xml(status: number, code: string, message: string): Said {
  const content = [
    element('Code', code),
    element('Message', message),
    element('RequestId', requestId),
    element('HostId', 'http://127.0.0.1'),
  ]
  return said(status, 'application/xml', writeXml(element('Error', content)))
}
