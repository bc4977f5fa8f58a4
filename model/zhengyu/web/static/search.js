/** The search box: which paragraphs hold the words, and where; marks are the browser's own and change no element. */

/** Tell whether a text holds what is searched for, in capitals or not. */
export const holds = (text, wanted) => !wanted || text.toLowerCase().includes(wanted);

/** Mark every place of what is searched for, where the browser can; `words` are elements. */
export function light(words, wanted) {
  if (!CSS.highlights) return;
  CSS.highlights.delete("found");
  if (!wanted) return;
  CSS.highlights.set("found", new Highlight(...[...words].flatMap((element) => places(element, wanted))));
}

function places(element, wanted) {
  const nodes = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let start = 0; walker.nextNode(); start += walker.currentNode.length) nodes.push({ node: walker.currentNode, start });
  const at = (place) => {
    const found = nodes.findLast((one) => one.start <= place);
    return [found.node, Math.min(place - found.start, found.node.length)];
  };
  const text = element.textContent.toLowerCase();
  const ranges = [];
  for (let i = text.indexOf(wanted); i >= 0; i = text.indexOf(wanted, i + wanted.length)) {
    const range = new Range();
    range.setStart(...at(i));
    range.setEnd(...at(i + wanted.length));
    ranges.push(range);
  }
  return ranges;
}
