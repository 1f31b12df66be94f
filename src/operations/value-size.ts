import {IgnoringVisitor} from '../engine/values/ignoring.ts'

/** Adds up the bytes of a value's elements: what is stored, whatever its encoding; a score or an id counts as it is held. */
export class SizeVisitor extends IgnoringVisitor {
  bytes = 0

  override begin(): void {
    this.bytes = 0
  }
  override piece(_memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
  }
  override member(_memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
  }
  override score(): void {
    this.bytes += 8
  }
  override field(_memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
  }
  override value(_memory: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
  }
  override entry(): void {
    this.bytes += 16
  }
}
