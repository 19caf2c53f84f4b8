import type { EventType } from './events.ts'

/** The steps that queue events wake. */
export type QueuedStep = 'request-approval' | 'update-validity' | 'publish-bundle' | 'prove-renewal' | 'notify'

/** The whole chain: each event has exactly one consumer, and that consumer's queue has its name. s.yaml is tested against this. */
export const consumerOf: Record<EventType, QueuedStep> = {
  RenewalsDue: 'request-approval',
  ApprovalRequested: 'notify',
  RenewalApproved: 'update-validity',
  ValidityUpdated: 'publish-bundle',
  BundlePublished: 'prove-renewal',
  ProofDue: 'prove-renewal',
  RenewalProven: 'notify',
  AttentionNeeded: 'notify',
}

/** Queue and function names share one prefix: both live in flat, account-wide name spaces. */
export const prefix = 'rds-tls-'

export const queueOf = (step: QueuedStep): string => `${prefix}${step}`
export const deadLetters = `${prefix}dead-letters`
