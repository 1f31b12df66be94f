// Completions for bash, zsh and fish, and manual pages, all from the commands in oclif's manifest: nothing is asked of respite while a
// line is typed. `npm run build` writes them to dist/completions and dist/man.
import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

const NAME = 'respite'

/** Every file by its path below dist. */
export function shellFiles({commands, version}, description) {
  const all = Object.entries(commands)
    .map(([id, command]) => ({...command, name: id.replaceAll(':', ' '), flags: flagsOf(command)}))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return new Map([
    [`completions/${NAME}.bash`, bash(all)],
    [`completions/_${NAME}`, zsh(all)],
    [`completions/${NAME}.fish`, fish(all)],
    [`man/${NAME}.1`, mainPage(all, version, description)],
    ...all.map((command) => [`man/${pageName(command)}.1`, page(command, version)]),
  ])
}

export function writeShellFiles(directory, manifest, description) {
  for (const [path, text] of shellFiles(manifest, description)) {
    mkdirSync(dirname(join(directory, path)), {recursive: true})
    writeFileSync(join(directory, path), text)
  }
}

const pageName = ({name}) => `${NAME}-${name.replaceAll(' ', '-')}`

/** Second words by the first, for commands of two words. */
function topicsOf(commands) {
  const topics = new Map()
  for (const {name} of commands) {
    const [topic, second] = name.split(' ')
    if (second !== undefined) topics.set(topic, [...(topics.get(topic) ?? []), second])
  }
  return topics
}

/** What may stand first, and what it is about. */
const firstWords = (commands) => [
  ...commands.filter(({name}) => !name.includes(' ')),
  ...[...topicsOf(commands)].map(([name, words]) => ({name, summary: words.join(', ')})),
]

const flagsOf = ({flags}) =>
  Object.values(flags)
    .filter(({hidden}) => !hidden)
    .map((flag) => ({...flag, takes: flag.type === 'option', about: flag.summary ?? ''}))

const longNames = ({name, allowNo}) => [`--${name}`, ...(allowNo ? [`--no-${name}`] : [])]
const spellings = (flag) => [...(flag.char ? [`-${flag.char}`] : []), ...longNames(flag)]

// ---- bash

function bash(commands) {
  const words = commands.map(
    ({name, flags}) => `    '${name}') words='${flags.flatMap(spellings).join(' ')}' ;;`,
  )
  const values = commands.flatMap(({name, flags}) =>
    flags
      .filter(({options}) => options)
      .map(
        (flag) =>
          `    ${spellings(flag)
            .map((spelling) => `'${name} ${spelling}'`)
            .join(' | ')}) words='${flag.options.join(' ')}' ;;`,
      ),
  )
  const topics = [...topicsOf(commands)].map(
    ([topic, seconds]) => `    ${topic})
      if ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W '${seconds.join(' ')}' -- "$cur"))
        return
      fi
      command="$command \${COMP_WORDS[2]}" ;;`,
  )
  return `# bash completion for ${NAME}
_${NAME}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=''
  local command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${firstWords(commands)
      .map(({name}) => name)
      .join(' ')} --help --version' -- "$cur"))
    return
  fi
  case $command in
${topics.join('\n')}
  esac
  case "$command $prev" in
${values.join('\n')}
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  case "$command" in
${words.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$words --help" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _${NAME} ${NAME}
`
}

// ---- zsh

const zshText = (text) => text.replace(/[[\]:\\]/g, '\\$&').replace(/'/g, "'\\''")

function zshFlag(flag) {
  const {takes, multiple, options, helpValue, name, about} = flag
  const value = !takes
    ? ''
    : options
      ? `:${name}:(${options.join(' ')})`
      : `:${zshText(String(helpValue ?? name))}:_files`
  return spellings(flag).map(
    (spelling) =>
      `'${multiple ? '*' : ''}${spelling}${takes && spelling.startsWith('--') ? '=' : ''}[${zshText(about)}]${value}'`,
  )
}

function zsh(commands) {
  const topics = [...topicsOf(commands)].map(
    ([topic, seconds]) => `    ${topic})
      if ((CURRENT == 2)); then
        compadd ${seconds.join(' ')}
        return
      fi
      command="$command $words[2]"
      shift words
      ((CURRENT--)) ;;`,
  )
  const list = firstWords(commands).map(({name, summary}) => `    '${name}:${zshText(summary)}'`)
  const cases = commands.map(
    ({name, flags}) =>
      `    '${name}')\n      _arguments \\\n${[...flags.flatMap(zshFlag), "'--help[Show help.]'", "'*:input:_files'"].map((spec) => `        ${spec}`).join(' \\\n')}\n      ;;`,
  )
  return `#compdef ${NAME}
_${NAME}() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${topics.join('\n')}
  esac
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${NAME}" ]; then _${NAME} "$@"; else compdef _${NAME} ${NAME}; fi
`
}

// ---- fish

const fishText = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`

function fish(commands) {
  const lines = [`# fish completion for ${NAME}`]
  const topics = topicsOf(commands)
  for (const {name, summary} of firstWords(commands)) {
    lines.push(`complete -c ${NAME} -f -n __fish_use_subcommand -a ${name} -d ${fishText(summary)}`)
  }
  const seen = (words) => `__fish_seen_subcommand_from ${words}`
  for (const [topic, seconds] of topics) {
    const words = seconds.join(' ')
    const none = `${seen(topic)}; and not ${seen(words)}`
    lines.push(`complete -c ${NAME} -f -n '${none}' -a '${words}'`)
  }
  for (const {name, flags} of commands) {
    // The second word of a topic may be a command of its own too.
    const others = [...topics].filter(([, seconds]) => seconds.includes(name))
    const is = name.split(' ').map(seen)
    const not = others.map(([topic]) => `not ${seen(topic)}`)
    const when = `-n '${[...is, ...not].join('; and ')}'`
    for (const {char, takes, options, about, ...flag} of flags) {
      const short = char ? ` -s ${char}` : ''
      const value = takes ? (options ? ` -x -a ${fishText(options.join(' '))}` : ' -r') : ''
      for (const [i, long] of longNames(flag).entries()) {
        lines.push(
          `complete -c ${NAME} ${when}${i === 0 ? short : ''} -l ${long.slice(2)}${value} -d ${fishText(about)}`,
        )
      }
    }
  }
  return `${lines.join('\n')}\n`
}

// ---- manual pages, in the macros of man(7)

/** Text that begins no macro and holds no escape. */
const roff = (text) =>
  text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(
      /\P{ASCII}/gu,
      (char) => `\\[u${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )

/** oclif's templates, and the marks of Markdown. */
const plain = (text) => text.replace(/<%= config\.bin %>/g, NAME).replace(/`/g, '')

const head = (name, version) =>
  `.TH ${name.toUpperCase()} 1 "" "${NAME} ${version}" "${NAME}"\n.ad l`
const paragraphs = (text) =>
  plain(text)
    .split(/\n\n+/)
    .map((each) => `.PP\n${roff(each.trim())}`)
    .join('\n')

function synopsis({name, args, flags}) {
  const words = Object.values(args ?? {}).map(({name: arg, required, multiple}) => {
    const word = `\\fI${arg.toUpperCase()}\\fR${multiple ? ' ...' : ''}`
    return required ? word : `[${word}]`
  })
  const needed = flags
    .filter(({required}) => required)
    .map((flag) => roff(`--${flag.name} `) + placeholder(flag))
  return [`\\fB${NAME} ${roff(name)}\\fR`, ...words, ...needed, '[\\fIOPTION\\fR ...]'].join(' ')
}

const placeholder = ({name, options, helpValue}) =>
  `\\fI${roff(options ? options.join('|') : String(helpValue ?? name.toUpperCase()))}\\fR`

function option(flag) {
  const names = spellings(flag).map((spelling) => `\\fB${roff(spelling)}\\fR`)
  const value = flag.takes ? ` ${placeholder(flag)}` : ''
  return `.TP\n${names.join(', ')}${value}\n${roff(plain(flag.about))}`
}

function page(command, version) {
  const {summary, description, args, flags, examples = []} = command
  const own = flags.filter(({helpGroup}) => helpGroup !== 'GLOBAL')
  const global = flags.filter(({helpGroup}) => helpGroup === 'GLOBAL')
  const inputs = Object.values(args ?? {}).map(
    (arg) => `.TP\n\\fI${arg.name.toUpperCase()}\\fR\n${roff(plain(arg.description ?? ''))}`,
  )
  const shown = examples.map(
    ({description: about, command: line}) =>
      `.PP\n${roff(plain(about))}\n.PP\n.RS 4\n.nf\n${roff(plain(line))}\n.fi\n.RE`,
  )
  return `${[
    head(pageName(command), version),
    `.SH NAME\n${roff(pageName(command))} \\- ${roff(plain(summary))}`,
    // Long words of choices leave lines that cannot be adjusted.
    `.SH SYNOPSIS\n.ad l\n${synopsis(command)}\n.ad b`,
    ...(description ? [`.SH DESCRIPTION\n${paragraphs(description)}`] : []),
    ...(inputs.length > 0 ? [`.SH ARGUMENTS\n${inputs.join('\n')}`] : []),
    ...(own.length > 0 ? [`.SH OPTIONS\n${own.map(option).join('\n')}`] : []),
    `.SH COMMON OPTIONS\n${global.map(option).join('\n')}`,
    ...(shown.length > 0 ? [`.SH EXAMPLES\n${shown.join('\n')}`] : []),
    `.SH SEE ALSO\n\\fB${NAME}\\fR(1)`,
  ].join('\n')}\n`
}

function mainPage(commands, version, description) {
  const rows = commands.map(
    (command) => `.TP\n\\fB${roff(pageName(command))}\\fR(1)\n${roff(plain(command.summary))}`,
  )
  return `${[
    head(NAME, version),
    `.SH NAME\n${NAME} \\- ${roff(description)}`,
    `.SH SYNOPSIS\n\\fB${NAME}\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR ...] [\\fIOPTION\\fR ...]`,
    `.SH COMMANDS\n${rows.join('\n')}`,
  ].join('\n')}\n`
}
