import type { Words } from '../words.ts'
import { reasons } from './en-reasons.ts'

const s = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

export const en: Words = {
  name: 'English',
  tag: 'en',
  gap: ' ',
  ...reasons,
  times: {
    away: ({ past, count, unit }) => {
      const length = count === 0 ? 'less than a minute' : s(count, unit.slice(0, -1))
      return past ? `${length} ago` : `in ${length}`
    },
  },
  impact: {
    restarts: window => `restarts for about 1–5 minutes inside ${window}`,
    restartBadge: 'Restarts',
    restartSpan: window => `about 1–5 minutes, inside ${window}`,
    runsOn: 'does not restart',
    runsOnBadge: 'Does not restart',
  },
  page: {
    skipToAnswer: 'Skip to the answer',
    language: 'Language',
    ask: count => (count === 1 ? 'Renew the certificate of this instance?' : `Renew the certificates of these ${count} instances?`),
    nothingOpen: 'Nothing is left to answer in this plan',
    lead: 'Each certificate is renewed once, and then proven by a handshake. What restarts does so only inside its own maintenance window; a restart drops every connection, and applications have to reconnect.',
    silence: 'Silence never approves.',
    reminder: ask => `This is the ${ordinal(ask)} time of asking.`,
    facts: {
      count: 'To answer',
      restarting: 'Restarts',
      restartingOf: (restarting, count) =>
        restarting === 0 ? 'none' : restarting === count ? (count === 1 ? 'yes' : `all ${count}`) : `${restarting} of ${count}`,
      deadline: 'First deadline',
      answerUntil: 'Answer until',
      plan: 'Plan',
      approvers: 'Asked',
    },
    expired: count => `${s(count, 'certificate')} ${count === 1 ? 'has' : 'have'} expired already: encrypted clients fail now.`,
    windowless: count =>
      `${s(count, 'instance')} ${count === 1 ? 'has' : 'have'} no maintenance window left before the certificate expires.`,
    instances: 'Instances',
    checkAll: 'Check all',
    uncheckAll: 'Uncheck all',
    columns: {
      instance: 'Instance',
      engine: 'Engine, region',
      notAfter: 'Certificate expires',
      deadline: 'Update by',
      impact: 'What happens',
    },
    choose: 'Answer for',
    expiredBadge: 'Expired',
    noDeadline: 'No window left',
    deadlinePassed: 'Missed',
    update: value => `Update Validity, SSLEnabled=${value}`,
    status: { approved: 'Approved', rejected: 'Rejected', lapsed: 'Lapsed' },
    answeredBy: (at, who) => `${at}, ${who}`,
    by: { link: 'by somebody with the link', policy: entry => `by policy entry ${entry}`, ram: identity => `by ${identity}` },
    answer: {
      heading: 'Your answer',
      part: 'It counts for the checked instances. Uncheck what you do not want to answer for now; it stays open.',
      count: 'Type the number of checked instances',
      checkedNow: 'checked now: ',
      countHint: 'Typing it shows that a person read this; the Enter key alone answers nothing.',
      approve: 'Approve',
      reject: 'Reject',
      once: 'A rejection cannot be turned into an approval later.',
    },
    answered: {
      approved: count => `Approved: ${s(count, 'instance')}`,
      rejected: count => `Rejected: ${s(count, 'instance')}`,
      approvedNext:
        'Each is renewed once; what restarts does so inside its maintenance window. A card in chat tells when it is proven. You can close this page.',
      rejectedNext: notAfter =>
        `Nothing is restarted. The certificates still expire, the first on ${notAfter}: encrypted clients fail from then on.`,
      stillOpen: count => `${s(count, 'instance')} of this plan still ${count === 1 ? 'waits' : 'wait'} for an answer.`,
      backToPlan: 'Open the plan',
      theseWere: 'What was answered',
    },
  },
  cards: {
    approvalTitle: count => `Approve ${s(count, 'certificate renewal')}`,
    restarts: (restarting, count) => {
      const runsOn = count - restarting
      if (restarting === 0) return `**${s(count, 'instance')}**: ${count === 1 ? 'it does not restart' : 'none restarts'}.`
      if (runsOn === 0)
        return `**${s(count, 'instance')}**: ${count === 1 ? 'it **restarts**' : '**all restart**'} inside the maintenance window.`
      return `**${s(count, 'instance')}**: **${s(restarting, 'restarts', 'restart')}** inside the maintenance window, ${s(runsOn, 'does not', 'do not')}.`
    },
    deadline: (at, away) => `First deadline: **${at}**, ${away}.`,
    noDeadline: count => `**${s(count, 'instance')}** ${count === 1 ? 'has' : 'have'} no window left before the certificate expires.`,
    expired: count => `**${s(count, 'certificate')} ${count === 1 ? 'has' : 'have'} expired already.**`,
    line: ({ engine, region, notAfter, impact }) => `${engine}, ${region}; expires ${notAfter}; ${impact}`,
    more: count => `and ${count} more`,
    silence: 'Silence never approves.',
    review: 'Review and answer',
    command: command => `To see and answer it: **${command}**`,
    provenTitle: (proven, of) =>
      proven >= of ? (of === 1 ? 'The renewal is proven' : `All ${of} renewals proven`) : `${proven} of ${of} renewals proven`,
    proven: 'A handshake saw the new certificate, and it chains to the published bundle.',
    last: instance => `Last: ${instance}`,
    provenDetail: { notAfter: 'Valid until', serial: 'Serial', from: 'Seen from', bundle: 'Trust bundle' },
    download: 'download',
    attention: { about: 'About', detail: 'Detail', mend: 'What to do', plan: 'Plan' },
    open: 'Open the plan',
  },
}

function ordinal(n: number): string {
  const ends = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' } as const
  return `${n}${ends[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)]}`
}
