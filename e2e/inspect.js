// Returns the faults of the layout of this page, one text each. `touch` also checks the
// size of targets and the focus.
(touch) => {
  const faults = new Set()
  const width = document.documentElement.clientWidth
  const scrolls = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX)
  const scroller = (element) => element && (scrolls(element) ? element : scroller(element.parentElement))
  const name = (element) => {
    const classes = [...element.classList].map((c) => '.' + c).join('')
    return `<${element.localName}${element.id ? '#' + element.id : ''}${classes}> ${(element.textContent || element.value || '').trim().replace(/\s+/g, ' ').slice(0, 60)}`
  }
  const visible = (element) =>
    element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) && !element.closest('.visually-hidden, .skip, [aria-hidden=true]')

  // WCAG 2.2, 1.4.10 Reflow
  if (document.documentElement.scrollWidth > width) faults.add(`the page is ${document.documentElement.scrollWidth} px wide`)

  // The part of a box that an ancestor with an ellipsis does not hide.
  const shown = (box, element) => {
    let { left, right, top, bottom, height } = box
    for (let cut = element; cut && cut !== document.body; cut = cut.parentElement) {
      const style = getComputedStyle(cut)
      if (style.textOverflow !== 'ellipsis' || !['hidden', 'clip'].includes(style.overflowX)) continue
      const of = cut.getBoundingClientRect()
      left = Math.max(left, of.left)
      right = Math.min(right, of.right)
    }
    return { left, right, top, bottom, height }
  }

  // Text is neither cut nor on top of other text.
  const lines = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const element = node.parentElement
    if (!node.data.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION', 'TITLE'].includes(element.tagName) || !visible(element)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const inside = scroller(element)
    for (const whole of range.getClientRects()) {
      const box = shown(whole, element)
      if (box.right - box.left < 1 || box.height < 1) continue
      if (!inside && (box.left < -0.5 || box.right > width + 0.5)) faults.add(`outside of the screen: ${name(element)}`)
      lines.push({ node, element, box, inside })
    }
    for (let cut = element; cut && cut !== document.body; cut = cut.parentElement) {
      const style = getComputedStyle(cut)
      if (!['hidden', 'clip'].includes(style.overflowX)) continue
      if (cut.scrollWidth > cut.clientWidth + 1 && style.textOverflow !== 'ellipsis') faults.add(`cut: ${name(cut)}`)
      if (cut.scrollHeight > cut.clientHeight + 1 && style.overflowY === 'hidden' && !cut.closest('.clip')) faults.add(`cut at the bottom: ${name(cut)}`)
    }
  }
  for (let i = 0; i < lines.length; i++) {
    for (let j = i + 1; j < lines.length; j++) {
      const [a, b] = [lines[i], lines[j]]
      if (a.node === b.node || a.inside !== b.inside) continue
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      if (across > 2 && down > 0.5 * Math.min(a.box.height, b.box.height)) faults.add(`overlap: ${name(a.element)} and ${name(b.element)}`)
    }
  }
  for (const control of document.querySelectorAll('button, .button, .badge, select')) {
    if (visible(control) && control.scrollWidth > control.clientWidth + 1 && getComputedStyle(control).display !== 'inline') faults.add(`wider than its box: ${name(control)}`)
  }
  if (!touch) return [...faults]

  // WCAG 2.2, 2.5.8 Target Size: 24 by 24 px, or 24 px without another target, or in a sentence.
  const targets = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter((element) => visible(element) && !element.disabled)
  const box = (element) => {
    let { left, right, top, bottom } = element.getBoundingClientRect()
    if (['checkbox', 'radio'].includes(element.type)) { // a label is part of the target
      for (const label of element.labels) {
        const of = label.getBoundingClientRect()
        left = Math.min(left, of.left); right = Math.max(right, of.right); top = Math.min(top, of.top); bottom = Math.max(bottom, of.bottom)
      }
    }
    return { left, right, top, bottom, small: right - left < 23.5 || bottom - top < 23.5, x: (left + right) / 2, y: (top + bottom) / 2 }
  }
  const boxes = new Map(targets.map((element) => [element, box(element)]))
  const inSentence = (element) => {
    if (!getComputedStyle(element).display.startsWith('inline') || element.matches('button, input, select')) return false
    const block = element.parentElement
    return block.textContent.trim().length > element.textContent.trim().length
  }
  for (const element of targets) {
    const own = boxes.get(element)
    if (!own.small || inSentence(element)) continue
    for (const other of targets) {
      const of = boxes.get(other)
      if (other === element || other.contains(element) || element.contains(other)) continue
      const near = of.small ? Math.hypot(own.x - of.x, own.y - of.y) < 24
        : Math.hypot(Math.max(of.left - own.x, 0, own.x - of.right), Math.max(of.top - own.y, 0, own.y - of.bottom)) < 12
      if (near) {
        faults.add(`a target of ${Math.round(own.right - own.left)} by ${Math.round(own.bottom - own.top)} px beside another: ${name(element)}, ${name(other)}`)
        break
      }
    }
  }

  // 2.4.7 Focus Visible
  const before = document.activeElement
  for (const element of targets) {
    element.focus({ focusVisible: true, preventScroll: true })
    const style = getComputedStyle(element)
    const outlined = (of) => of.outlineStyle !== 'none' && parseFloat(of.outlineWidth) >= 2
    const label = element.closest('label') // a card to choose has the ring instead of the radio button in it
    const ring = outlined(style) || style.boxShadow !== 'none' || label && outlined(getComputedStyle(label))
    if (document.activeElement !== element) faults.add(`takes no focus: ${name(element)}`)
    else if (!ring) faults.add(`no ring around the focus: ${name(element)}`)
  }
  before?.focus?.({ preventScroll: true })
  return [...faults]
}
