/** What a configuration file sets, with what servers assume where it says nothing. Source of the defaults: config.c of Redis 7.0. */
import type {ServerConfig} from '../io/layout/config.ts'
import {parseSize} from '../sizes.ts'

export interface SavePoint {
  seconds: number
  changes: number
}

const DEFAULT_SAVES: readonly SavePoint[] = [
  {seconds: 3600, changes: 1},
  {seconds: 300, changes: 100},
  {seconds: 60, changes: 10000},
]

export class Settings {
  private readonly config: ServerConfig

  constructor(config: ServerConfig) {
    this.config = config
  }

  /** The last line for a directive counts. */
  text(name: string, fallback: string): string {
    return (this.lines(name).at(-1)?.[0] ?? fallback).toLowerCase()
  }

  isOn(name: string, fallback: boolean): boolean {
    return this.text(name, fallback ? 'yes' : 'no') === 'yes'
  }

  bytes(name: string, fallback: number): number {
    return this.size(this.text(name, ''), fallback)
  }

  /** A size as the file writes it. */
  size(text: string, fallback: number): number {
    return parseSize(text) ?? fallback
  }

  number(name: string, fallback: number): number {
    const value = Number(this.text(name, ''))
    return this.has(name) && Number.isFinite(value) ? value : fallback
  }

  has(name: string): boolean {
    return this.config.directives.has(name)
  }

  lines(name: string): readonly string[][] {
    return this.config.directives.get(name) ?? []
  }

  /** `save ""` takes back those before it; several pairs may stand in one line. */
  get savePoints(): readonly SavePoint[] {
    if (!this.has('save')) return DEFAULT_SAVES
    let points: SavePoint[] = []
    for (const args of this.lines('save')) {
      if (args[0] === '') points = []
      for (let i = 0; i + 1 < args.length; i += 2) {
        points.push({seconds: Number(args[i]), changes: Number(args[i + 1])})
      }
    }
    return points
  }
}
