import type {Keyspace} from '../engine/keyspace.ts'
import {keyspaceEntries} from '../engine/keyspace-entries.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FEATURES, type Feature, type Target, UnsupportedByTarget} from '../formats/rdb/features.ts'
import {type Form, holderOf} from './convert-target.ts'
import {FeatureVisitor} from './feature-visitor.ts'

/**
 * Refuse what has no commands that would make it: a writer of commands sees it only when it is too late.
 * @throws UnsupportedByTarget for the first key that has such.
 */
export function refuseUnheld(keyspace: Keyspace, form: Form, target: Target): void {
  const holder = holderOf(form, target)
  const features = new FeatureVisitor(!holder.holds('stream-deleted-pending'))
  const isMissing = (feature: Feature) =>
    FEATURES[feature].weight === 'data' && !holder.holds(feature)
  const sink: EntrySink = {
    library() {},
    entry(entry) {
      entry.readValue(features)
      for (const feature of features.found) {
        if (!isMissing(feature)) continue
        const {memory, keyStart, keyEnd} = entry
        throw new UnsupportedByTarget(feature, target, memory.slice(keyStart, keyEnd))
      }
    },
  }
  keyspaceEntries(keyspace, sink)
}
