// Shows and hides the password, and says when Caps Lock is on.
for (const button of document.querySelectorAll('button[data-show]')) {
  const field = document.querySelector(button.dataset.show)
  button.hidden = false
  button.addEventListener('click', () => {
    const shown = field.type === 'password'
    field.type = shown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(shown))
    field.focus()
  })
  field.form.addEventListener('submit', () => { field.type = 'password' })
}
for (const hint of document.querySelectorAll('[data-caps-lock]')) {
  const field = document.querySelector(hint.dataset.capsLock)
  for (const name of ['keydown', 'keyup']) {
    field.addEventListener(name, (event) => { hint.hidden = !event.getModifierState?.('CapsLock') })
  }
  field.addEventListener('blur', () => { hint.hidden = true })
}
