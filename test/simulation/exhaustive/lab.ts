/** What the tests live in, built into one file: a module that is loaded in the middle of a life takes real time, which no virtual clock waits for. */
export { allDeaths, distinctDeaths, nameOf, newPoints, standsFor, unknownPoints } from './cuts.ts'
export { live } from './life.ts'
export { allMethods } from './ports.ts'
export { twoAnswers, twoDeliveries, twoSecondAttempts } from './races.ts'
export { scenarios } from './scenarios.ts'
export { explore } from './schedules.ts'
