// A program for tests: run-cli.mjs OPERATION-URL OPTIONS SETTINGS INPUT... prints the report or the error as JSON.
import {runOperation} from '../../../dist/io/run-operation.js'

const [operation, options, settings, ...inputs] = process.argv.slice(2)
const note = (word) => (progress) => process.stderr.write(`${word} ${JSON.stringify(progress)}\n`)
try {
  const hooks = {onProgress: note('progress'), onState: note('state'), progressIntervalMs: 20}
  const report = await runOperation(operation, inputs, JSON.parse(options), {
    ...JSON.parse(settings),
    ...hooks,
  })
  process.stdout.write(JSON.stringify(report))
} catch (error) {
  const {name, code, message, exit = 70} = error
  process.stdout.write(JSON.stringify({name, code, message, exit}))
  process.exitCode = exit
}
