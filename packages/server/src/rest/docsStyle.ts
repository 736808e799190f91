/** Looks of the page at `/docs`, in the light and in the dark. */
export const docsStyle = `
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #343a46); --soft: light-dark(#f4f6f9, #1b1f27);
  --text: light-dark(#1d2127, #e6e9ee); --quiet: light-dark(#566073, #9aa5b8); --accent: light-dark(#0a4ad0, #8ab4ff); }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; display: grid; grid-template-columns: 21rem minmax(0, 1fr); color: var(--text);
  background: light-dark(#fff, #12151b); font: 16px/1.55 system-ui, sans-serif }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem; background: var(--soft);
  border-right: 1px solid var(--line); font-size: .85rem }
nav h2 { font-size: .85rem; margin: 1.1rem 0 .25rem }
nav ul { list-style: none; margin: 0; padding: 0 }
nav a { display: block; padding: .12rem 0; text-decoration: none }
main { max-width: 60rem; padding: 2rem 2.5rem 6rem }
a { color: var(--accent) }
h1 { margin-top: 0 } h2 { margin-top: 3rem } h4 { margin: 1rem 0 .3rem }
section { border-top: 1px solid var(--line); padding: .5rem 0 1.25rem }
code { font: .9em/1.4 ui-monospace, monospace; background: var(--soft); padding: .08em .3em; border-radius: 4px;
  overflow-wrap: anywhere }
.method { font: 700 .78em ui-monospace, monospace; color: var(--quiet) }
small { color: var(--quiet) }
table { width: 100%; border-collapse: collapse; font-size: .9rem; margin: .3rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line) }
th { color: var(--quiet); font-weight: 600 }
td:first-child { width: 30% }
@media (max-width: 55rem) { body { display: block } nav { position: static; height: auto }
  main { padding: 1.25rem; overflow-x: auto } }
`
