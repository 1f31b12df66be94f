export * from '../sizes.ts'
