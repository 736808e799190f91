/** Address of the script, if it was loaded by a classic script tag; known only while it runs at first. */
const scriptUrl = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src

/** Where the server is if nothing says otherwise: where the script came from, else where the page did. */
export function defaultHost(): string | undefined {
  return scriptUrl || globalThis.location?.href
}
