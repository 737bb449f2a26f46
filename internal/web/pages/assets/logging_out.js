// Continues when all frames have loaded, or after three seconds.
const link = document.querySelector('#go-on')
if (link.hasAttribute('data-away')) {
  const loaded = [...document.querySelectorAll('iframe')].map(
    (frame) => new Promise((resolve) => frame.addEventListener('load', resolve, { once: true })),
  )
  const timeout = new Promise((resolve) => setTimeout(resolve, 3000))
  Promise.race([Promise.all(loaded), timeout]).then(() => location.replace(link.href))
}
