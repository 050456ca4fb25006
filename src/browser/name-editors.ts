/** Names the text areas of editors after the section that each is in, also those that appear later: CodeMirror leaves them unnamed. */
export function nameEditors(container: Element): void {
  new MutationObserver(() => {
    for (const textArea of container.querySelectorAll('.CodeMirror textarea:not([aria-label])')) {
      const name = textArea.closest('[aria-label]')?.getAttribute('aria-label');
      textArea.setAttribute('aria-label', name ?? 'Editor');
    }
  }).observe(container, { childList: true, subtree: true });
}
