import type { Permission } from '../domain/plan.ts'
import type { WaitFor } from '../domain/renewal.ts'
import type { EndReason } from '../domain/renewal-log.ts'
import type { AttentionReason } from '../events.ts'
import type { Language } from './language.ts'
import type { PageProblem } from './problem.ts'
import type { Distance } from './times.ts'
import { en } from './words/en.ts'
import { zh } from './words/zh.ts'

export { type Language, languageOf, languages } from './language.ts'

/** A sentence, and the one next thing to do about it. Plain text: no Markdown, no HTML. */
export type Explained = { sentence: string; mend: string }
export type PermissionReason = Extract<Permission, { given: false }>['reason']

/** What is a closed union elsewhere is a Record here, so that no member lacks its words. */
export type Reasons = {
  ends: Record<EndReason, Explained>
  attention: Record<AttentionReason, Explained & { title: string }>
  waits: Record<WaitFor, string>
  noPermission: Record<PermissionReason, string>
  problems: Record<PageProblem, Explained & { title: string }>
}

/** Every sentence that people read, once per language. */
export type Words = Reasons & {
  /** The language in itself, and its BCP 47 tag. */
  name: string
  tag: string
  /** What stands between two sentences. */
  gap: string
  times: {
    away: (distance: Distance) => string
  }
  impact: {
    /** The whole sentence, and the same in two parts: a badge and what goes with it. */
    restarts: (window: string) => string
    restartBadge: string
    restartSpan: (window: string) => string
    runsOn: string
    runsOnBadge: string
  }
  page: PageWords
  cards: CardWords
}

export type PageWords = {
  skipToAnswer: string
  language: string
  ask: (count: number) => string
  nothingOpen: string
  lead: string
  silence: string
  reminder: (ask: number) => string
  facts: {
    count: string
    restarting: string
    restartingOf: (restarting: number, count: number) => string
    deadline: string
    answerUntil: string
    plan: string
    approvers: string
  }
  expired: (count: number) => string
  windowless: (count: number) => string
  instances: string
  checkAll: string
  uncheckAll: string
  columns: { instance: string; engine: string; notAfter: string; deadline: string; impact: string }
  choose: string
  expiredBadge: string
  noDeadline: string
  deadlinePassed: string
  update: (value: number) => string
  status: { approved: string; rejected: string; lapsed: string }
  answeredBy: (at: string, who: string) => string
  by: { link: string; policy: (entry: number) => string; ram: (identity: string) => string }
  answer: {
    heading: string
    part: string
    count: string
    checkedNow: string
    countHint: string
    approve: string
    reject: string
    once: string
  }
  answered: {
    approved: (count: number) => string
    rejected: (count: number) => string
    approvedNext: string
    rejectedNext: (notAfter: string) => string
    stillOpen: (count: number) => string
    backToPlan: string
    theseWere: string
  }
}

export type CardWords = {
  approvalTitle: (count: number) => string
  restarts: (restarting: number, count: number) => string
  deadline: (at: string, away: string) => string
  noDeadline: (count: number) => string
  expired: (count: number) => string
  line: (one: { engine: string; region: string; notAfter: string; impact: string }) => string
  more: (count: number) => string
  silence: string
  review: string
  command: (command: string) => string
  provenTitle: (proven: number, of: number) => string
  proven: string
  last: (instance: string) => string
  provenDetail: { notAfter: string; serial: string; from: string; bundle: string }
  download: string
  attention: { about: string; detail: string; mend: string; plan: string }
  open: string
}

const all: Record<Language, Words> = { en, zh }

export const wordsOf = (language: Language): Words => all[language]
