// The person's side: a relying party asks it to visit an address, and gets the
// address that the person's browser was sent to at last. Who plays the person
// reads the requests from standard output and answers on standard input.
import { createInterface } from 'node:readline'

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

export const config = JSON.parse((await answers.next()).value)

export async function visit(url) {
  console.log(JSON.stringify({ visit: String(url) }))
  const { value, done } = await answers.next()
  if (done) throw new Error('the person has gone')
  return new URL(value)
}

// connect asks the person to connect a device. Nothing is answered.
export function connect(url) {
  console.log(JSON.stringify({ connect: String(url) }))
}

export function done() {
  console.log(JSON.stringify({ done: true }))
  process.exit(0)
}
