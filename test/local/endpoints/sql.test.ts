import { expect, test } from 'vitest'
import { replyTo } from '../../../local/endpoints/sql.ts'

const row = (sql: string) => {
  const reply = replyTo(sql, '8.0.36')
  return reply.kind === 'row' ? reply.cells.map(({ name, value, integer }) => [name, value, integer]) : reply.kind
}

test.each([
  ['select 1', [[undefined, '1', true]]],
  ['  SELECT  -7 AS seven ; ', [['seven', '-7', true]]],
  [
    "select 'a b' text, 2 two",
    [
      ['text', 'a b', false],
      ['two', '2', true],
    ],
  ],
  ['/* driver */ select @@version_comment limit 1', [['@@version_comment', 'embedded endpoint', false]]],
  [
    'select @@session.time_zone as tz, @@unheard_of',
    [
      ['tz', 'SYSTEM', false],
      ['@@unheard_of', '', false],
    ],
  ],
  [
    'SELECT @@MAX_PRECISION\r\nSET TRANSACTION ISOLATION LEVEL READ COMMITTED\r\nSET TEXTSIZE 2147483647',
    [['@@MAX_PRECISION', '38', false]],
  ],
  ['select 1\r\nselect 2', 'unsupported'],
  ['select version()', [[undefined, '8.0.36', false]]],
  ['select @@version', [['@@version', '8.0.36', false]]],
  ['select * from users', 'unsupported'],
  ['select 1, name', 'unsupported'],
  ['select 12345678901', 'unsupported'],
  ['SHOW DATABASES', 'unsupported'],
  ['SET NAMES utf8mb4', 'done'],
  ['', 'done'],
])('%s', (sql, expected) => {
  expect(row(sql)).toEqual(expected)
})
