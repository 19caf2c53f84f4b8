import type { WhyNot } from '../shared/domain/outlook.ts'
import type { Fault } from '../shared/errors.ts'
import { type Explained, wordsOf } from '../shared/page/words.ts'

const { ends } = wordsOf('en')

/** Why rds-tls would not renew an instance: a sentence, and the one next thing to do about it. */
export const whyNot: Readonly<Record<WhyNot, Explained>> = {
  EncryptionOff: ends.EncryptionOff,
  CustomCertificate: ends.CustomCertificate,
  NotSupported: ends.NotSupported,
  Gone: ends.InstanceGone,
  BadWindow: {
    sentence: 'Its maintenance window cannot be read, and nothing restarts outside of one.',
    mend: 'Set a maintenance window in the console (Basic Information).',
  },
  Unread: {
    sentence: 'It was listed, and could not be read.',
    mend: 'Grant what the code beside it names: rds-tls doctor prints the RAM statement.',
  },
  Locked: {
    sentence: 'The instance is locked, so nothing can be changed.',
    mend: 'Renew its subscription or free storage in the console; then its certificate can be renewed.',
  },
  NotRunning: {
    sentence: 'The instance is not Running just now.',
    mend: 'Nothing to do if this passes: it is looked at again.',
  },
}

/** What keeps a renewal from being proven, or even from being begun, though everything else permits it. */
export const withoutProbe: Readonly<Record<'Proof' | 'Issuer', Explained>> = {
  Proof: {
    sentence: 'The policy names no probe in its VPC: it would be renewed, and could not be proven.',
    mend: 'Deploy a probe function there (s.yaml), and add its line to reach in policy.yaml; rds-tls renew proves it from a machine that reaches it.',
  },
  Issuer: {
    sentence:
      'The service does not say who issued the certificate, and the policy names no probe in its VPC that could look: it would wait.',
    mend: 'Deploy a probe function there (s.yaml), and add its line to reach in policy.yaml; rds-tls renew looks from a machine that reaches it.',
  },
}

/** The page of an instance in the console. */
export const consoleLink = (region: string, id: string): string =>
  `https://rdsnext.console.aliyun.com/detail/${encodeURIComponent(id)}/basicInfo?region=${encodeURIComponent(region)}`

/** A failed read in one line: the code, and the next thing to do. `action` is what RAM must allow. */
export function faultWords({ code, cloudCode, message }: Fault, action: string): string {
  const word = cloudCode ?? code
  switch (code) {
    case 'Refused':
      return `${word}: allow ${action}; rds-tls doctor prints the statement`
    case 'Busy':
    case 'Contended':
      return `${word}: try again in a minute`
    case 'Unreachable':
    case 'BadReply':
      return `${word}: no answer of the service came through: ${message}`
    default:
      return `${word}: ${message}`
  }
}
