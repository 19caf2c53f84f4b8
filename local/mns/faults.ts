import type { MnsFault } from '../model/mns.ts'

/** Statuses and messages as the manual's "Error codes" page lists them, spelling and all. */
const faults = {
  MissingAuthorizationHeader: [400, 'Authorization header is required.'],
  InvalidAuthorizationHeader: [400, 'The Authorization header format is invalid.'],
  MissingDateHeader: [400, 'Date header is required.'],
  InvalidDateHeader: [400, 'The Date header format is invalid.'],
  InvalidVersionHeader: [400, 'The x-mns-version header must be 2015-06-06.'],
  InvalidAccessKeyId: [403, 'The AccessKey Id you provided is not exist.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  InvalidSecurityToken: [403, 'The security token you provided is missing or does not belong to the access key.'],
  TimeExpired: [408, 'The http request you sent is expired.'],
  InvalidDegist: [400, 'The Content-MD5 you specified is invalid.'],
  InvalidRequestURL: [400, 'Http request URL format invalid.'],
  MalformedXML: [400, 'The XML you provided was not well-formed.'],
  InvalidArgument: [400, 'The value of an argument is invalid.'],
  InvalidQueueName: [400, 'The queue name you provided is invalid.'],
  MissingReceiptHandle: [400, 'ReceiptHandle is required.'],
  MissingVisibilityTimeout: [400, 'VisibilityTimeout is required.'],
  ReceiptHandleError: [400, 'The receipt handle you provide is not valid.'],
  MessageNotExist: [404, 'Message not exist.'],
  QueueNotExist: [404, 'The queue name you provided is not exist.'],
  QueueAlreadyExist: [409, 'The queue you want to create is already exist.'],
} as const satisfies Record<string, readonly [number, string]> & Record<MnsFault['code'], readonly [number, string]>

export type MnsCode = keyof typeof faults

/** A refusal of the server's own, beside the model's. */
export function fault(code: MnsCode, message: string = faults[code][1]): { code: MnsCode; message: string } {
  return { code, message }
}

export function statusOf(code: MnsCode): number {
  return faults[code][0]
}
