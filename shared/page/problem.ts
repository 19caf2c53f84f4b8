import type { FormProblem } from './answer-form.ts'
import type { TokenProblem } from './token.ts'

/** Why the page cannot do what was asked of it. Each has its words in both languages. */
export type PageProblem =
  | TokenProblem
  | FormProblem
  | 'NoToken'
  | 'UnknownPlan'
  | 'AlreadyAnswered'
  | 'Lapsed'
  | 'TooLarge'
  | 'BadMethod'
  | 'TryAgain'

/** The HTTP status that goes with each. */
export const statusOfProblem: Readonly<Record<PageProblem, number>> = {
  Expired: 410,
  Malformed: 400,
  BadSignature: 403,
  NoDecision: 422,
  NothingChosen: 422,
  UnknownItem: 422,
  NoCount: 422,
  WrongCount: 422,
  NoToken: 400,
  UnknownPlan: 404,
  AlreadyAnswered: 409,
  Lapsed: 410,
  TooLarge: 413,
  BadMethod: 405,
  TryAgain: 503,
}
