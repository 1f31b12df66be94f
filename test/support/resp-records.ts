/** Reads the records of an AOF that is known to be whole; one character per byte. */
export class RespReader {
  private readonly data: Buffer
  private at = 0

  constructor(data: Buffer) {
    this.data = data
  }

  *records(): Generator<string[]> {
    while (this.at < this.data.length) {
      const line = this.line()
      if (line.startsWith('#')) continue
      const args: string[] = []
      for (let left = Number(line.slice(1)); left > 0; left--) {
        const length = Number(this.line().slice(1))
        args.push(this.data.toString('latin1', this.at, this.at + length))
        this.at += length + 2
      }
      yield args
    }
  }

  *names(): Generator<string> {
    for (const [name] of this.records()) yield name
  }

  private line(): string {
    const end = this.data.indexOf('\r\n', this.at, 'latin1')
    const line = this.data.toString('latin1', this.at, end)
    this.at = end + 2
    return line
  }
}
