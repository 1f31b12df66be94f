/** SORT_RO; SORT, which may store, is in apply/sort.ts. */
import {sortReadOnly} from '../apply/sort.ts'
import type {ReadRows} from './read-call.ts'

export const SORT_READS: ReadRows = [['SORT_RO', sortReadOnly]]
