#!/usr/bin/env node
import {execute} from '../dist/oclif.js'

// Under NODE_ENV=development or test oclif would look for TypeScript sources to run instead of dist.
globalThis.oclif.enableAutoTranspile = false
await execute({dir: import.meta.url})
