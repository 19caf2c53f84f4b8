import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markdownHtml } from '../../../local/chat/markdown.ts'

test.each([
  ['a paragraph\nof two lines\n\nand another', '<p>a paragraph<br>of two lines</p>\n<p>and another</p>'],
  ['### Heading\ntext', '<h3>Heading</h3>\n<p>text</p>'],
  ['- one\n- two\n\n1. first\n2. second', '<ul><li>one</li><li>two</li></ul>\n<ol><li>first</li><li>second</li></ol>'],
  ['> quoted\n> twice\nafter', '<blockquote>quoted<br>twice</blockquote>\n<p>after</p>'],
  [
    '**bold** and [a link](https://x.example/a?b=1&c=2)',
    '<p><strong>bold</strong> and <a href="https://x.example/a?b=1&#38;c=2" rel="noreferrer">a link</a></p>',
  ],
  ['**bold [link](http://x.example/)**', '<p><strong>bold <a href="http://x.example/" rel="noreferrer">link</a></strong></p>'],
  ['[x](javascript:alert(1)) [y](data:text/html,z)', '<p>[x](javascript:alert(1)) [y](data:text/html,z)</p>'],
  ['<b>&"\'', '<p>&#60;b&#62;&#38;&#34;&#39;</p>'],
  ['2 * 3 ** 4', '<p>2 * 3 ** 4</p>'],
  ['', ''],
])('%j becomes %s', (text, html) => {
  expect(markdownHtml(text)).toBe(html)
})

test('whatever the text, the HTML holds only the tags and attributes that it may', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '**',
      '[',
      '](https://x.example/',
      '](javascript:x',
      ')',
      '<',
      '>',
      '"',
      "'",
      '&',
      '\n',
      '- ',
      '> ',
      '# ',
      '1. ',
      'javascript:',
      ' onload=x',
    ),
    fc.string({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      const html = markdownHtml(pieces.join(''))
      const rest = html
        .replace(/<a href="https?:\/\/[^"<>\s]*" rel="noreferrer">/g, '')
        .replace(/<\/?(?:p|h3|ul|ol|li|blockquote|strong)>|<br>|<\/a>/g, '')
      expect(rest).not.toMatch(/[<>"']/)
    }),
    { numRuns: 500 },
  )
})
