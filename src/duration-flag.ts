import {Flags} from '#oclif'
import {Exit, RespiteError} from './errors.ts'
import {parseDuration} from './operations/duration.ts'

/** A flag whose value is a span of time, in ms. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'TIME',
  async parse(text) {
    const ms = parseDuration(text)
    if (ms !== null && ms > 0) return ms
    const message = `${text} is no span of time: write 30s, 10m or 24h`
    throw new RespiteError(Exit.USAGE, 'USAGE', message)
  },
})
