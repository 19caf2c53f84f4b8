import fc from 'fast-check'
import { expect, test } from 'vitest'
import { element, readXml, textOf, writeXml } from '../../../local/xml.ts'

/** What XML 1.0 can hold at all: no control characters but these. */
const character = fc.oneof(
  fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\r', '\n', '\t', ' ', '&amp;', '中', '😀'),
  fc.string({ unit: 'grapheme', maxLength: 2 }),
)

test('reading inverts writing, white space and line ends included', () => {
  fc.assert(
    fc.property(fc.array(character, { maxLength: 20 }), pieces => {
      const body = pieces.join('')
      const read = readXml(writeXml(element('Message', [element('MessageBody', body)]), 'urn:x'), 'Message')
      expect(read && textOf(read, 'MessageBody')).toBe(body)
    }),
    { numRuns: 300 },
  )
})

test.each(['', 'text', '<a>', '<a></b>', '<b/>', '<a/><a/>', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'])(
  '%j is no document of root a',
  text => {
    expect(readXml(text, 'a')).toBeUndefined()
  },
)

test('children of one name are kept in order, and a missing one has no text', () => {
  const read = readXml('<a><b>1</b><c/><b>2</b></a>', 'a')
  expect(read?.children.get('b')?.map(one => one.text)).toEqual(['1', '2'])
  expect([read && textOf(read, 'c'), read && textOf(read, 'd')]).toEqual(['', undefined])
})
