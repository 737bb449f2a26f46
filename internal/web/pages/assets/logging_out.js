// Goes on when every application was told, or after a few seconds.
const link = document.querySelector('#go-on')
if (link.hasAttribute('data-away')) {
  const told = [...document.querySelectorAll('iframe')].map(
    (frame) => new Promise((resolve) => frame.addEventListener('load', resolve, { once: true })),
  )
  const patience = new Promise((resolve) => setTimeout(resolve, 3000))
  Promise.race([Promise.all(told), patience]).then(() => location.replace(link.href))
}
