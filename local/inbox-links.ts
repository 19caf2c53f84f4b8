/** The links of the approval cards in the chat inbox, oldest first: what a person there would click. */
export async function linksIn(inbox: string): Promise<string[]> {
  const { cards } = (await (await fetch(`${inbox}/cards.json`)).json()) as { cards: { buttons: { url: string }[] }[] }
  return cards.flatMap(card => card.buttons.map(button => button.url)).reverse()
}
