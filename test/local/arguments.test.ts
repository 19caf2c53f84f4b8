import { describe, expect, test } from 'vitest'
import { readArguments, usage } from '../../local/arguments.ts'
import { beside, scenarioNames } from '../../local/scenarios.ts'

const read = (...args: string[]) => readArguments(args, ['rds-tls-update-validity'])

describe('npm start', () => {
  test('takes faults and scenarios, each more than once, and a seed', () => {
    expect(
      read('--fault', 'rds:modify:hang-after', '--fault', 'mns:send:duplicate:0.5', '--seed', '7', '--scenario', 'proxy'),
    ).toMatchObject({
      faults: [{ text: 'rds:modify:hang-after' }, { text: 'mns:send:duplicate:0.5' }],
      seed: 7,
      scenarios: ['proxy'],
    })
    expect(read()).toMatchObject({ faults: [], seed: 1, scenarios: [], kill: undefined, exit: false, real: false })
    expect(read('--real')).toMatchObject({ real: true })
    expect(read('--behaviour', 'caTypeRequired=true', '--behaviour', 'updateValue=2', '--behaviour', 'statusMeanwhile=SSL')).toMatchObject({
      behaviour: { caTypeRequired: true, updateValue: 2, statusMeanwhile: 'SSL' },
    })
  })

  test.each([
    [['--fault', 'rds:modfiy:html'], /^--fault: .*unknown action "modfiy".*known are modify/],
    [['--fault', 'fc:notfiy:clock-skew=1m'], /unknown function "notfiy": known are rds-tls-update-validity/],
    [['--scenario', 'sun'], /^--scenario sun: known scenarios are locked, /],
    [['--seed', '-1'], /seed/],
    [['--seed', 'x'], /^--seed x: must be a whole number/],
    [['--kill', 'x'], /^--kill x: known points are/],
    [['--behaviour', 'caTypeRequired=yes'], /^--behaviour: behaviour "caTypeRequired=yes": known are caTypeRequired=true\|false/],
    [['--behaviour', 'updateValue=3'], /known are/],
    [['--faults', 'x'], /Unknown option '--faults'/],
  ])('%j is wrong usage, said with what is known', (args, expected) => expect(read(...args)).toMatch(expected))

  test('has a healthy instance beside a story, unless one of them halts everything', () => {
    expect(beside(['proxy', 'locked'])).toEqual(['mysql57-dev-due'])
    expect(beside(['proxy', 'role-refused'])).toEqual([])
  })
  test('tells in its usage every scenario and every kind of fault', () => {
    for (const name of scenarioNames) expect(usage).toContain(`    ${name} `)
    for (const kind of ['hang-after', 'kill-before', 'duplicate', 'keeps-old-leaf', 'clock-skew']) expect(usage).toContain(kind)
  })
})
