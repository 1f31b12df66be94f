/** Everything that TypeScript may call. */
export {aofRecord} from './aof-record'
export {aofBatch} from './aof-batch'
export {aofList} from './aof-list'
export {aofCommand, aofRun} from './aof-run'
export {crcInit} from './crc'
export {crcCombine} from './crc-combine'
export {crcFoldAt, crcOf, crcUpdate} from './crc-fold'
export {crcRewind} from './crc-rewind'
export {
  digestBegin,
  digestEither,
  digestEnd,
  digestFirst,
  digestMark,
  digestOther,
  digestPiece,
  digestRepeat,
  digestSecond,
  digestSettle,
  digestStart,
} from './digest'
export {
  fullBegin,
  fullEnd,
  fullFirst,
  fullNote,
  fullNumber,
  fullPiece,
  fullRows,
  fullSecond,
  fullSettle,
  fullStart,
} from './full-digest'
export {hash, hashAppend} from './hash'
export {intsetCheck, intsetRead} from './intset'
export {listpackHeader, listpackRead} from './listpack'
export {listpackCheck} from './listpack-check'
export {lzfDecompress, lzfInit, lzfPiece} from './lzf'
export {lzfCompress} from './lzf-compress'
export {spanInt, textDouble} from './numbers'
export {rdbLoad, rdbMembers} from './rdb-load'
export {listpackLongest} from './measure-longest'
export {rdbMeasure} from './rdb-measure'
export {rdbRun} from './rdb-run'
export {rdbSeek} from './rdb-seek'
export {scorePrintf} from './score-printf'
export {shortestText} from './shortest'
export {scoreText} from './score-text'
export {seenAdd, seenClear, seenHas, seenMove} from './seen'
export {sha1, sha1Begin, sha1End, sha1Mix, sha1Update, sha1Xor} from './sha1'
export {compareSpans, equalSpans, findByte, isZero, moveSpan} from './spans'
export {streamNodeCheck} from './stream-node'
export {ziplistHeader, ziplistRead} from './ziplist'
export {ziplistCheck} from './ziplist-check'
export {zipmapRead} from './zipmap'
export {zipmapCheck} from './zipmap-check'
export {keyPart, keyTie} from './key-parts'
export {groupDrop, groupHashes, groupRepeats, groupSize} from './key-groups'
export {dictOrder} from './dict-order'
export {dictAdd, dictCount, dictFill, dictFind, dictGrow, dictMoved, dictRead, dictRemove, dictSeek, dictTouch} from './dict'
export {
  packedAt,
  packedDelete,
  packedEquals,
  packedFind,
  packedFindFrom,
  packedInit,
  packedNeeds,
  packedNext,
  packedPrev,
  packedPut,
  packedSize,
  packedSpan,
} from './packed-edit'
export {intsetAdd, intsetFind, intsetInit, intsetNeeds, intsetRemove} from './intset-edit'
export {hllAdd, hllCount, hllDense, hllMerge, hllStale, hllStore} from './hll'
export {bitsCombine, bitsField} from './bits'
export {xxh3} from './xxh3'
export {compareMember, zsetFind, zsetNeeds, zsetPut, zsetRun, zsetScore, zsetUpdate} from './zset-packed'
export {treeAdd, treeCount, treeDismantle, treeInit, treeRead, treeRemove} from './zset-tree'
export {plainDouble} from './decimal'
export {rdbTranslate} from './translate'
export {commandsDigest, commandsFinish, commandsStart} from './digest-commands'
export {linesDigest} from './digest-lines'
export {
  quickBegin,
  quickEnd,
  quickNote,
  quickFirst,
  quickNumber,
  quickPiece,
  quickSecond,
  quickSettle,
  quickStart,
} from './quick-digest'
export {fullStreamNode, quickStreamNode, streamNodeCommands, streamNodeIds} from './stream-items'
export {putInteger, putStreamId, textBody, textString} from './text-strings'
export {textRun} from './text-run'
export {jsonDecode, jsonEnd} from './text-read'
export {base64Decode, base64Encode} from './base64'
export {keyedHashKey} from './keyed-hash'
