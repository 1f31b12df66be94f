export {IgnoringVisitor} from '../../formats/rdb/ignoring.ts'
