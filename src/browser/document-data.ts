/** Reads what the server wrote into the document's data block. The document was made by the same build, so its shape is not checked. */
export function readDocumentData(): string {
  return document.querySelector('script[type="application/json"]')?.textContent ?? '';
}
