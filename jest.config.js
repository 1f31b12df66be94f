import './test/setup/memory-disk.js'

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {jsc: {parser: {syntax: 'typescript'}, target: 'es2023'}, module: {type: 'es6'}},
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/formats/kernel/assembly/**'],
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/setup/longest-first.js',
  testTimeout: 120000,
}
