import type { Service } from './cases.ts'
import type { Checkout } from './slow.ts'
import type { Language } from './toolchains.ts'

/**
 * A program over one client of one service; `program` is its name in its language's toolchain. A slow one is built from a checkout.
 * `lacks` tells why the client cannot do a case.
 */
export type Entry = {
  service: Service
  language: Language
  program: string
  signs?: string
  slow?: Checkout
  lacks?: Readonly<Record<string, string>>
}

/** At least two clients for each service that share no code. */
export const roster: readonly Entry[] = [
  { service: 'RDS', language: 'Python', program: 'rds_tea', signs: 'ACS3' },
  { service: 'RDS', language: 'Python', program: 'rds_core', signs: 'RPC 1.0' },
  { service: 'RDS', language: 'Go', program: 'rds-alibaba-cloud-sdk', signs: 'RPC 1.0' },
  { service: 'RDS', language: 'Go', program: 'rds-darabonba', signs: 'ACS3' },
  { service: 'RDS', language: 'Java', program: 'Rds', signs: 'ACS3' },
  { service: 'MNS', language: 'Python', program: 'mns_sdk' },
  { service: 'MNS', language: 'Java', program: 'Mns' },
  { service: 'OSS', language: 'Python', program: 'oss2_v4', signs: 'V4' },
  { service: 'OSS', language: 'Python', program: 'oss_v2', signs: 'V4' },
  { service: 'OSS', language: 'Go', program: 'oss-v2', signs: 'V4' },
  { service: 'OSS', language: 'Java', program: 'Oss', signs: 'V4' },
  { service: 'STS', language: 'Python', program: 'sts_tea', signs: 'ACS3' },
  { service: 'STS', language: 'Python', program: 'sts_core', signs: 'RPC 1.0' },
  { service: 'STS', language: 'Go', program: 'sts-alibaba-cloud-sdk', signs: 'RPC 1.0' },
  { service: 'STS', language: 'Go', program: 'sts-darabonba', signs: 'ACS3' },
  { service: 'STS', language: 'Java', program: 'Sts', signs: 'ACS3' },
  { service: 'FC', language: 'Python', program: 'fc', signs: 'ACS3' },
  { service: 'FC', language: 'Go', program: 'fc-darabonba', signs: 'ACS3' },
  { service: 'FC', language: 'Java', program: 'Fc', signs: 'ACS3' },
  { service: 'RDS', language: 'Go', program: 'cli_aliyun', signs: 'RPC 1.0', slow: 'aliyun-cli' },
  { service: 'STS', language: 'Go', program: 'cli_aliyun', signs: 'RPC 1.0', slow: 'aliyun-cli' },
  { service: 'MNS', language: 'Go', program: 'aliyun-mns-go-sdk', slow: 'aliyun-mns-go-sdk' },
  {
    service: 'OSS',
    language: 'Go',
    program: 'cli_ossutil',
    signs: 'V4',
    slow: 'ossutil',
    lacks: {
      'is told that nothing changed (304)': 'it has no option for If-None-Match',
      'lists V2 page by page, with odd keys':
        'it lists by the older ListObjects, which the embedded OSS has not; the odd keys it puts and gets',
    },
  },
]
