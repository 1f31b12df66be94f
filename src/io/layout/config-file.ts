import {readFileSync} from 'node:fs'
import {inputError} from '../input-error.ts'
import {readConfig, type ServerConfig} from './config.ts'

/** Read a server's configuration file. @throws InputError. */
export function readConfigFile(path: string): ServerConfig {
  try {
    return readConfig(readFileSync(path), path)
  } catch (error) {
    throw inputError(error, path)
  }
}
