import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root as rootDir } from './paths.mjs'

/** @typedef {{ name: string, kind: 'method' | 'property', signature: string, doc: string }} Entry */

/**
 * What the SDK's sources say of its public surface: every property and method of `RoomSession`, inherited
 * ones too, every event and every option, with signature and docstring.
 *
 * @returns {{ members: Entry[], events: Entry[], options: Entry[], types: string[] }}
 */
export function readApi() {
  const index = join(rootDir, 'packages/client/src/index.ts')
  const configPath = join(rootDir, 'packages/client/tsconfig.json')
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configPath, ts.sys.readFile).config,
    ts.sys,
    join(rootDir, 'packages/client'),
  )
  const program = ts.createProgram([index], config.options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(index)
  const module = source && checker.getSymbolAtLocation(source)
  if (!source || !module) throw new Error(`${index} is no module`)
  const exported = checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
  const named = (name) => {
    const symbol = exported.find((candidate) => candidate.name === name)
    if (symbol === undefined) throw new Error(`packages/client/src/index.ts does not export ${name}`)
    return symbol
  }
  const entriesOf = (name) =>
    checker
      .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(named(name)))
      .filter(isPublic)
      .map((property) => entryOf(checker, property, source))
      .sort((a, b) => a.name.localeCompare(b.name))
  return {
    members: entriesOf('RoomSession'),
    events: entriesOf('RoomSessionEvents'),
    options: entriesOf('RoomSessionOptions'),
    types: exported.filter((symbol) => symbol.flags & ts.SymbolFlags.Type).map((symbol) => symbol.name),
  }
}

/** The names that the API's documentation lists, by kind. */
export function readApiNames() {
  return JSON.parse(readFileSync(join(rootDir, 'packages/client/api-names.json'), 'utf8'))
}

/** @param {ts.Symbol} symbol */
function isPublic(symbol) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  if (symbol.name.startsWith('#') || symbol.name.startsWith('__')) return false
  const declaration = symbol.declarations?.[0]
  if (declaration === undefined) return false
  if (ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === 'internal')) return false
  return (ts.getCombinedModifierFlags(declaration) & hidden) === 0
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 * @param {ts.Node} source
 * @returns {Entry}
 */
function entryOf(checker, symbol, source) {
  const type = checker.getTypeOfSymbolAtLocation(symbol, source)
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
  const [call] = type.getCallSignatures()
  const isMethod = call !== undefined && (symbol.flags & ts.SymbolFlags.Method) !== 0
  const optional = symbol.flags & ts.SymbolFlags.Optional ? '?' : ''
  const signature = isMethod
    ? `${symbol.name}${checker.signatureToString(call, undefined, flags).replace(/\): /, '): ')}`
    : `${symbol.name}${optional}: ${checker.typeToString(type, undefined, flags)}`
  const tags = symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === 'param' || tag.name === 'throws' || tag.name === 'deprecated')
    .map((tag) => `_@${tag.name}_ ${ts.displayPartsToString(tag.text)}`)
  const doc = [ts.displayPartsToString(symbol.getDocumentationComment(checker)), ...tags].join('\n\n').trim()
  return { name: symbol.name, kind: isMethod ? 'method' : 'property', signature, doc }
}
