// Package document reads the bytes of one event, strictly by RFC 8259, into a tree that can be
// asked for its parts without copying or allocating them.
//
// Strict means: valid UTF-8, no byte order mark, no comments, no trailing commas, no NaN, nothing
// after the document. The grammar decides first and the depth limit second, so a text that is no
// JSON is never called too deep. Of keys that repeat within an object the last one counts, as in
// JavaScript, Python and Go. Numbers keep the digits they were sent with.
package document
