package kinesis

// codec is one wire format of the protocol. A format is added by writing a codec and naming it in
// codecs; operations see only reader and writer.
type codec interface {
	// contentType is the media type of its requests and answers.
	contentType() string
	// reader reads body. Blobs are decoded into arena, whose capacity is at least
	// blobSpace(len(body)).
	reader(body, arena []byte) reader
	// writer appends an answer to buf.
	writer(buf []byte) writer
}

// codecs are the formats we speak, by media type.
var codecs = map[string]codec{jsonContentType: jsonCodec{}}

// blobSpace is the room that the blobs of a body of n bytes can need in the roomiest format.
func blobSpace(n int) int { return n/4*3 + 3 }

// reader pulls the values of one request from its wire format in the order they come. A fault
// sticks: from then on every method answers "nothing there", and end tells what it was.
type reader interface {
	shapeReader
	valueReader
	// end is the fault that was met, or one for what follows the document.
	end() *failure
}

// shapeReader walks through structures and lists.
type shapeReader interface {
	// object enters a structure; false if there is null instead. It must be followed by calls of
	// field until that answers false.
	object() bool
	// mapping is object for a map, whose fields are keys of the client's choice.
	mapping() bool
	// field moves to the next member or key and returns its name, which is valid only until the
	// request is done; false after the last.
	field() (name string, more bool)
	// list enters a list; false if there is null instead.
	list() bool
	// element moves to the next element; false after the last.
	element() bool
	// skip passes over a value of any kind.
	skip()
}

// valueReader reads single values. The second result is false for null and after a fault.
type valueReader interface {
	text() (string, bool)
	// view is text that is valid only until the request is done.
	view() (string, bool)
	// integer cuts fractions off and holds what is beyond 32 bits at the nearest bound.
	integer() (int64, bool)
	flag() (bool, bool)
	// instant is in milliseconds since 1970.
	instant() (int64, bool)
	// blob is valid only until the request is done.
	blob() ([]byte, bool)
}

// writer pushes an answer into its wire format. Calls must nest properly; nothing can fail.
type writer interface {
	shapeWriter
	valueWriter
}

// shapeWriter writes structures and lists.
type shapeWriter interface {
	// object opens a structure, end closes what was opened last by object or list.
	object()
	list()
	end()
	// field names the member whose value comes next.
	field(name string)
	// grow makes room for about n bytes more.
	grow(n int)
	// bytes is everything written so far.
	bytes() []byte
}

// valueWriter writes single values.
type valueWriter interface {
	text(string)
	// digits is text that needs no escaping, from memory that is used again.
	digits([]byte)
	integer(int64)
	flag(bool)
	// instant takes milliseconds since 1970.
	instant(int64)
	blob([]byte)
}
