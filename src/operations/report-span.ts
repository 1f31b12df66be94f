/** The end of an RDB for a report of which another thread reads the beginning. */
import type {Allocator} from '../engine/memory/allocator.ts'
import type {Host} from '../io/host.ts'
import {openDataset} from './dataset-source.ts'
import {addSpan, newSummary} from './report-input.ts'
import type {InputSummary} from './report-reports.ts'
import {type PartState, ReportState, type StateSettings} from './report-state.ts'
import type {Finding} from './reports.ts'

export interface SpanSettings {
  state: StateSettings
  allocator?: Allocator
  /** Where it begins. */
  from: number
}

export interface SpanReport {
  part: PartState
  memoryOf: InputSummary['memoryOf']
  stoppedAt: Finding | null
}

export async function reportSpan(
  host: Host,
  [path]: readonly string[],
  {state: settings, allocator, from}: SpanSettings,
): Promise<SpanReport> {
  const state = new ReportState(settings)
  const summary = newSummary(path)
  const span = {from, to: Number.POSITIVE_INFINITY}
  const stoppedAt = await addSpan(host, openDataset(host, path), span, summary, state, {allocator})
  return {part: state.state(), memoryOf: summary.memoryOf, stoppedAt}
}
