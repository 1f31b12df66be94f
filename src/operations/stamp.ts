/** In the names of backups: `20261120T193000Z`. */
export function stampOf(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, '')
}
