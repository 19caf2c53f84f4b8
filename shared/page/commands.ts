/** What people are told to type, in one place: the command line's own tests can hold its commands against these. */
export const commands = {
  approve: (plan: string) => `rds-tls approve ${plan}`,
  resume: 'rds-tls resume',
  abandon: 'rds-tls abandon',
  acceptBundle: (version: string) => `rds-tls bundle accept ${version}`,
  pushPolicy: 'rds-tls policy push',
} as const

/** Stands in a mend for what the notice is about: the card puts it there. */
export const about = '{subject}'
