import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {Session} from './session.ts'

/** Answers one command about the connection or the server. @throws CommandError. */
export type Answer = (session: Session, call: ReadCall, reply: ReplyWriter) => void
export type AnswerRows = readonly (readonly [name: string, answer: Answer])[]
