// A browser's cookies for one application, which runs in this process.
const cookies = new Map()

// keep stores the cookies of a response, and returns the response.
export function keep(response) {
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const gone = attributes.some((a) => /^\s*max-age=0\s*$/i.test(a) || /^\s*expires=Thu, 01 Jan 1970/i.test(a))
    if (gone) cookies.delete(pair.slice(0, at))
    else cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
  return response
}

// header returns the Cookie header of the next request.
export const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
