import type { Closed } from '../domain/plan.ts'

export type FormProblem = 'NoDecision' | 'NothingChosen' | 'UnknownItem' | 'NoCount' | 'WrongCount'

/** What a person answered; or what is wrong with the form, and which items it had chosen, so that the page can keep them. */
export type FormAnswer =
  | { ok: true; decision: 'approve' | 'reject'; renewals: string[] }
  | { ok: false; problem: FormProblem; renewals: string[] }

/**
 * Reads the answer form: `decision` (approve or reject), one `item` per chosen renewal, and `count`, which a person types and which must
 * be the number of chosen items. A scanner that submits the form as it finds it types nothing, and so answers nothing.
 */
export function readAnswer(form: URLSearchParams, closed: Closed): FormAnswer {
  const chosen = new Set(form.getAll('item'))
  const renewals = closed.items.map(item => item.renewal).filter(renewal => chosen.has(renewal))
  const no = (problem: FormProblem): FormAnswer => ({ ok: false, problem, renewals })

  const decision = decisionOf(form.getAll('decision'))
  if (decision === undefined) return no('NoDecision')
  if (chosen.size === 0) return no('NothingChosen')
  if (renewals.length < chosen.size) return no('UnknownItem')
  const count = countOf(form.getAll('count'))
  if (count === undefined) return no('NoCount')
  if (count !== renewals.length) return no('WrongCount')
  return { ok: true, decision, renewals }
}

function decisionOf([said, ...more]: string[]): 'approve' | 'reject' | undefined {
  return (said === 'approve' || said === 'reject') && more.length === 0 ? said : undefined
}

/** A Chinese keyboard may type full-width digits: NFKC folds them. */
function countOf([typed, ...more]: string[]): number | undefined {
  const digits = typed?.normalize('NFKC').trim() ?? ''
  return /^\d{1,6}$/.test(digits) && more.length === 0 ? Number(digits) : undefined
}
