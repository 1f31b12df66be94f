/** Whether a stream gets colour, and the few colours that there are. */

export type ColorChoice = 'always' | 'never' | 'auto'

export interface Paint {
  bold(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  dim(text: string): string
}

const same = (text: string) => text
export const PLAIN: Paint = {bold: same, good: same, bad: same, warn: same, dim: same}

/** The flag decides, then FORCE_COLOR, NO_COLOR and TERM=dumb, then whether this very stream is a terminal. */
export function wantsColor(
  choice: ColorChoice,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (choice !== 'auto') return choice === 'always'
  const force = env.FORCE_COLOR
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return env.TERM !== 'dumb' && isTerminal
}

/** Loads chalk only when something will be coloured: it costs a few milliseconds. */
export async function paintFor(colored: boolean): Promise<Paint> {
  if (!colored) return PLAIN
  const {Chalk} = await import('chalk')
  // The level is ours to choose: chalk by itself looks at stdout only.
  const chalk = new Chalk({level: 1})
  return {
    bold: chalk.bold,
    good: chalk.green,
    bad: chalk.red.bold,
    warn: chalk.yellow,
    dim: chalk.dim,
  }
}
