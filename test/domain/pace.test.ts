import { expect, test } from 'vitest'
import { pace } from '../../shared/domain/pace.ts'

test('what is promised about the real service stands here in seconds', () => {
  const seconds = Object.fromEntries(Object.entries(pace).map(([name, ms]) => [name, ms / 1000]))
  expect(seconds).toEqual({
    callWithin: 30,
    settleAfter: 900,
    stuckAfter: 7200,
    pollRestart: 60,
    lookAgain: 600,
    recheck: 3600,
    restart: 1800,
    margin: 600,
    bundleFresh: 93_600,
    remind: 259_200,
    reproveAfter: 86_400,
  })
})
