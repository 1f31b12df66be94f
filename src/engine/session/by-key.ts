/** Who has to do with which keys; keys by the ids that key-id.ts makes. */
export class ByKey<Who> {
  private readonly byId = new Map<string, Set<Who>>()

  get ids(): Iterable<string> {
    return this.byId.keys()
  }

  get size(): number {
    return this.byId.size
  }

  has(id: string): boolean {
    return this.byId.has(id)
  }

  /** In the order in which they came. */
  protected of(id: string): Iterable<Who> {
    return this.byId.get(id) ?? []
  }

  protected join(id: string, who: Who): void {
    const others = this.byId.get(id) ?? new Set()
    this.byId.set(id, others.add(who))
  }

  protected part(id: string, who: Who): void {
    const others = this.byId.get(id)
    others?.delete(who)
    if (others?.size === 0) this.byId.delete(id)
  }
}
