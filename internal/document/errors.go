package document

import (
	"errors"
	"fmt"
)

// MaxDepth is how many arrays and objects may be open at once. It protects everything behind
// the reader that walks a document recursively.
const MaxDepth = 256

// MaxBytes is the longest document the reader takes. It is far above what a record may hold.
const MaxBytes = 1 << 28

// ErrTooDeep: a well-formed document that nests deeper than MaxDepth. Test with errors.Is.
var ErrTooDeep = errors.New("arrays and objects are nested deeper than 256 levels")

// ErrTooLarge: the document is longer than MaxBytes.
var ErrTooLarge = errors.New("the document is longer than 256 MiB")

// SyntaxError says where and why bytes are not a JSON document.
type SyntaxError struct {
	// Offset counts bytes from 0.
	Offset int
	// Message says what is wrong there, such as "a comma or ] is missing after an element".
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not JSON: byte %d: %s", e.Offset, e.Message)
}
