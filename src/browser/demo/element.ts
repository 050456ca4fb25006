type Attributes = Readonly<Record<string, string>>;

/** An HTML element with its attributes and what is in it. Null children are left out, text is text whatever is in it. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes,
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element of the document that has this id. Throws when there is none: the document and its script are made for each other. */
export function elementOf(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the document has no #${id}`);
  return found;
}
